"""Namecheap as a registrar: name servers of a whole domain; DS records only by hand."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.exchange import Link
from dns.registrars.namecheap.client import Namecheap
from dns.registrars.problems import InvalidNameservers, RegistrarProblem, ScopeMissing
from dns.registrars.registrar import Registrar
from dns.registrars.values import Capabilities, CredentialField, Job, Standing, hosts

LONGEST_LIST = 1200


class NamecheapRegistrar(Registrar):
    """A registrar lock stops transfers and nothing else; error 2030166 is the lock that counts."""

    name = "namecheap"
    title = "Namecheap"
    endpoint = "https://api.namecheap.com"
    where = "namecheap.com → Profile → Tools → Business & Dev Tools → API Access"
    rights = ("API access on", "our address in the whitelisted IPs")
    propagation = "Usually within an hour; the registry may take up to 48 hours."
    fields = (
        CredentialField("api_user", "API user", "Your Namecheap user name.", secret=False),
        CredentialField("api_key", "API key", "Shown once API access is on."),
        CredentialField(
            "user_name",
            "User name",
            "Only if the domain belongs to another user you act for.",
            secret=False,
            required=False,
        ),
    )
    capabilities = Capabilities(async_job=False, ds_records=False, apex_only=True, max_ns=12)

    def __init__(self, credentials: Credentials, link: Link) -> None:
        self._api = Namecheap(link, credentials)

    @classmethod
    def from_token(cls, token: str) -> dict[str, str]:
        """`apiUser:apiKey[:userName]:clientIp`; the address is ours to know and is left out."""
        user, _, rest = token.partition(":")
        key, *more = rest.split(":")
        return {"api_user": user, "api_key": key, "user_name": more[0] if len(more) > 1 else ""}

    def close(self) -> None:
        self._api.close()

    def validate(self, domain: Domain) -> Standing:
        self.must_fit(domain)
        answer = self._api.call("domains.getInfo", DomainName=domain.registrable, repeatable=True)
        found = _only(answer, "DomainGetInfoResult")
        rights = found.find("{*}Modificationrights")
        if not _true(found.get("IsOwner", "true")) and not _true(
            rights.get("All", "") if rights is not None else ""
        ):
            raise ScopeMissing(
                "The account sees this domain and may not change it.", needs=["Modificationrights"]
            )
        return Standing(domain.name, self.nameservers(domain))

    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        self.must_fit(domain)
        answer = self._api.call("domains.dns.getList", **_split(domain), repeatable=True)
        found = _only(answer, "DomainDNSGetListResult")
        return hosts(server.text or "" for server in found.iterfind("{*}Nameserver"))

    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        listed = ",".join(wanted)
        if len(listed) > LONGEST_LIST:
            raise InvalidNameservers(
                f"Namecheap takes {LONGEST_LIST} characters of name servers.", field="nameservers"
            )
        answer = self._api.call(
            "domains.dns.setCustom", **_split(domain), Nameservers=listed, repeatable=False
        )
        # Updated="false" comes with Status="OK"; what is read back afterwards decides.
        _only(answer, "DomainDNSSetCustomResult")
        return None


def _split(domain: Domain) -> dict[str, str]:
    return {"SLD": domain.second_level, "TLD": domain.suffix}


def _only(answer: Element, name: str) -> Element:
    found = answer.find(f"{{*}}{name}")
    if found is None:
        raise RegistrarProblem(f"Namecheap's answer has no {name}.")
    return found


def _true(text: str) -> bool:
    return text.strip().lower() == "true"
