"""GoDaddy as a registrar: name servers with v1 or v2, DS records and actions with v2."""

from __future__ import annotations

from typing import Any

from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.exchange import Link
from dns.registrars.godaddy.client import GoDaddy
from dns.registrars.problems import JobFailed, NotSupportedForDomain
from dns.registrars.registrar import READ_BACK, Registrar
from dns.registrars.signers import Signer
from dns.registrars.values import Capabilities, CredentialField, Job, JobState, Standing, hosts

NAMESERVERS, DS_ADD, DS_REMOVE = "DOMAIN_UPDATE_NAME_SERVERS", "DNSSEC_CREATE", "DNSSEC_DELETE"
# The vendor's names of IANA's numbers (DNSSEC algorithm numbers; DS digest types).
ALGORITHMS = {
    5: "RSASHA1",
    7: "RSASHA1_NSEC3_SHA1",
    8: "RSASHA256",
    10: "RSASHA512",
    13: "ECDSAP256SHA256",
    14: "ECDSAP384SHA384",
    15: "ED25519",
    16: "ED448",
}
DIGESTS = {1: "SHA1", 2: "SHA256", 4: "SHA384"}
_ALGORITHM_OF = {name: number for number, name in ALGORITHMS.items()}
_DIGEST_OF = {name: number for number, name in DIGESTS.items()}


class GoDaddyRegistrar(Registrar):
    """v1 answers 204 and changes later: without a customer number a job can only be read back."""

    name = "godaddy"
    title = "GoDaddy"
    endpoint = "https://api.godaddy.com"
    where = "developer.godaddy.com/keys → Create New API Key → Production"
    rights = ("Production key of an account that may use the API",)
    propagation = "Usually within an hour; the registry may take up to 48 hours."
    fields = (
        CredentialField("key", "Key", "Of the Production environment, not OTE."),
        CredentialField("secret", "Secret", "Shown once, when the key is made."),
        CredentialField(
            "shopper_id",
            "Customer number",
            "Top right in your account. With it we see how a change goes and can set DS records.",
            secret=False,
            required=False,
        ),
    )
    capabilities = Capabilities(async_job=True, ds_records=True, apex_only=True)

    def __init__(self, credentials: Credentials, link: Link) -> None:
        self._api = GoDaddy(link, credentials)
        self._shopper = credentials.reveal("shopper_id")
        self._customer = ""

    @classmethod
    def from_token(cls, token: str) -> dict[str, str]:
        """`KEY:SECRET`, as in the vendor's own header."""
        key, _, secret = token.partition(":")
        return {"key": key, "secret": secret}

    def close(self) -> None:
        self._api.close()

    def validate(self, domain: Domain) -> Standing:
        self.must_fit(domain)
        found = self._api.domain(domain.registrable)
        if self._shopper:
            self._of_customer("GET", domain)
        return Standing(domain.name, hosts(found.get("nameServers") or ()))

    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        self.must_fit(domain)
        return hosts(self._api.domain(domain.registrable).get("nameServers") or ())

    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        change = {"nameServers": list(wanted)}
        if self._shopper:
            self._of_customer("PUT", domain, "/nameServers", change)
            return Job(NAMESERVERS, JobState.PENDING)
        self._api.patch(domain.registrable, change)
        return Job(READ_BACK, JobState.PENDING)

    def signers(self, domain: Domain) -> tuple[Signer, ...]:
        self._needs_customer(domain)
        found = self._of_customer("GET", domain, "?includes=dnssecRecords")
        return tuple(_signer(record) for record in found.get("dnssecRecords") or ())

    def _change_signers(
        self, domain: Domain, *, add: Signer | None = None, remove: Signer | None = None
    ) -> Job | None:
        there = self.signers(domain)
        if add is not None and add not in there:
            self._of_customer("PATCH", domain, "/dnssecRecords", [_record(domain, add)])
            return Job(DS_ADD, JobState.PENDING)
        if remove is not None and remove in there:
            self._of_customer("DELETE", domain, "/dnssecRecords", [_record(domain, remove)])
            return Job(DS_REMOVE, JobState.PENDING)
        return None

    def poll(self, domain: Domain, job: str) -> Job:
        if job == READ_BACK:
            return Job(job, JobState.DONE)
        action = self._of_customer("GET", domain, f"/actions/{job}")
        match action.get("status"):
            case "SUCCESS":
                return Job(job, JobState.DONE)
            case "FAILED" | "CANCELLED":
                raise JobFailed(
                    "GoDaddy accepted the change and later gave it up. Its account page says why; "
                    "nothing has changed.",
                    job=job,
                )
        return Job(job, JobState.PENDING)

    def _needs_customer(self, domain: Domain) -> None:
        self.must_fit(domain)
        if not self._shopper:
            raise NotSupportedForDomain(
                "GoDaddy takes DS records from us only together with the customer number.",
                steps=[
                    "Give the customer number as well, top right in your GoDaddy account; or:",
                    f"Open {domain.registrable} there, then DNS → DNSSEC.",
                    "Add or remove the DS record that is shown here, and save.",
                ],
            )

    def _of_customer(self, method: str, domain: Domain, path: str = "", body: Any = None) -> Any:
        if not self._customer:
            self._customer = self._api.customer(self._shopper)
        return self._api.of_customer(method, self._customer, domain.registrable, path, body)


def _record(domain: Domain, signer: Signer) -> dict[str, Any]:
    if signer.algorithm not in ALGORITHMS or signer.digest_type not in DIGESTS:
        raise NotSupportedForDomain(
            f"GoDaddy has no name for algorithm {signer.algorithm} with digest "
            f"{signer.digest_type}.",
            steps=[f"Sign {domain.name} with algorithm 13 and digest 2."],
        )
    return {
        "algorithm": ALGORITHMS[signer.algorithm],
        "keyTag": signer.tag,
        "digestType": DIGESTS[signer.digest_type],
        "digest": signer.digest,
    }


def _signer(record: dict[str, Any]) -> Signer:
    return Signer(
        int(record["keyTag"]),
        _ALGORITHM_OF.get(record["algorithm"], 0),
        _DIGEST_OF.get(record["digestType"], 0),
        str(record["digest"]).lower(),
    )
