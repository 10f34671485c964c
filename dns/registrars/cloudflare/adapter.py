"""Cloudflare as a registrar of names below a zone: NS and DS records in its zone."""

from __future__ import annotations

from typing import Any

from catalyst.vault.secret import Secret
from dns.registrars.cloudflare.client import RIGHTS, Cloudflare
from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.exchange import Link
from dns.registrars.problems import DomainLocked, ScopeMissing
from dns.registrars.registrar import Registrar
from dns.registrars.signers import Signer
from dns.registrars.values import Capabilities, CredentialField, Job, Standing, host, hosts

TTL = 3600
EDIT = "#dns_records:edit"


class CloudflareRegistrar(Registrar):
    """`name_servers` of a zone are assigned by Cloudflare and cannot be written; so no apex."""

    name = "cloudflare"
    title = "Cloudflare"
    endpoint = "https://api.cloudflare.com/client/v4"
    where = "dash.cloudflare.com → My Profile → API Tokens → Create Token → Edit zone DNS"
    rights = RIGHTS
    propagation = "At once at Cloudflare; resolvers that asked before may take up to an hour."
    fields = (
        CredentialField(
            "token",
            "API token",
            "Made with the template Edit zone DNS, for the one zone. Not the Global API Key.",
        ),
    )
    capabilities = Capabilities(async_job=False, ds_records=True, apex_only=False)

    def __init__(self, credentials: Credentials, link: Link) -> None:
        self._api = Cloudflare(link, Secret(credentials.reveal("token")))

    def close(self) -> None:
        self._api.close()

    def validate(self, domain: Domain) -> Standing:
        self.must_fit(domain)
        zone = self._api.zone(domain.registrable)
        if EDIT not in zone.get("permissions", []):
            raise ScopeMissing(
                f"The token may read the zone and not edit it. Give it {RIGHTS[1]}.",
                needs=[RIGHTS[1]],
            )
        return Standing(domain.name, self._hosts(zone["id"], domain))

    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        self.must_fit(domain)
        return self._hosts(self._api.zone(domain.registrable)["id"], domain)

    def _hosts(self, zone: str, domain: Domain) -> tuple[str, ...]:
        return hosts(record["content"] for record in self._api.records(zone, "NS", domain.name))

    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        zone = self._api.zone(domain.registrable)["id"]
        there = self._api.records(zone, "NS", domain.name)
        surplus = [record for record in there if host(record["content"]) not in wanted]
        missing = set(wanted) - {host(record["content"]) for record in there}
        self._write(
            zone,
            add=[_record(domain, "NS", content=name) for name in sorted(missing)],
            remove=surplus,
        )
        return None

    def signers(self, domain: Domain) -> tuple[Signer, ...]:
        self.must_fit(domain)
        zone = self._api.zone(domain.registrable)["id"]
        return tuple(_signer(record) for record in self._api.records(zone, "DS", domain.name))

    def _change_signers(
        self, domain: Domain, *, add: Signer | None = None, remove: Signer | None = None
    ) -> Job | None:
        self.must_fit(domain)
        zone = self._api.zone(domain.registrable)["id"]
        there = self._api.records(zone, "DS", domain.name)
        missing = add if add is not None and add not in map(_signer, there) else None
        self._write(
            zone,
            add=[_ds(domain, missing)] if missing else [],
            remove=[record for record in there if remove is not None and _signer(record) == remove],
        )
        return None

    def _write(self, zone: str, *, add: list[dict[str, Any]], remove: list[dict[str, Any]]) -> None:
        if any(record.get("meta", {}).get("read_only") for record in remove):
            raise DomainLocked(
                "Cloudflare manages the records of this name itself and keeps them read-only. "
                "Switch off the product that made them first."
            )
        if add or remove:
            self._api.change(zone, add=add, remove=[record["id"] for record in remove])


def _record(domain: Domain, kind: str, **parts: Any) -> dict[str, Any]:
    return {"type": kind, "name": domain.name, "ttl": TTL, "proxied": False, **parts}


def _ds(domain: Domain, signer: Signer) -> dict[str, Any]:
    return _record(
        domain,
        "DS",
        data={
            "key_tag": signer.tag,
            "algorithm": signer.algorithm,
            "digest_type": signer.digest_type,
            "digest": signer.digest,
        },
    )


def _signer(record: dict[str, Any]) -> Signer:
    data = record["data"]
    return Signer(
        int(data["key_tag"]),
        int(data["algorithm"]),
        int(data["digest_type"]),
        str(data["digest"]).lower(),
    )
