"""OVHcloud as a registrar: from its own name servers to others, by tasks that may fail later."""

from __future__ import annotations

from typing import Any

from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.exchange import Link
from dns.registrars.ovh.client import BUSY_SECONDS, REGIONS, Ovh, missing_rights
from dns.registrars.problems import (
    DomainLocked,
    DomainNotInAccount,
    InvalidToken,
    JobFailed,
    NotSupportedForDomain,
    PendingOperation,
    ScopeMissing,
)
from dns.registrars.registrar import Registrar
from dns.registrars.signers import Signer
from dns.registrars.values import Capabilities, CredentialField, Job, JobState, Standing, hosts

RIGHTS = ("GET /domain/*", "PUT /domain/*", "POST /domain/*")
EXTERNAL, HOSTED = "external", "hosted"
READS = 3
_STATES = {
    "done": JobState.DONE,
    "error": JobState.FAILED,
    "cancelled": JobState.FAILED,
    "problem": JobState.FAILED,
}


class OvhRegistrar(Registrar):
    """A task's success is the vendor's word; an answer of 200 is only the start of one."""

    name = "ovh"
    title = "OVHcloud"
    endpoint = ""  # follows from the region
    where = "eu.api.ovh.com/createToken (ca., us. likewise), with the rights below"
    rights = RIGHTS
    propagation = "A task at OVHcloud first, mostly minutes; then up to 48 hours."
    fields = (
        CredentialField("application_key", "Application key", "", secret=False),
        CredentialField("application_secret", "Application secret", ""),
        CredentialField("consumer_key", "Consumer key", f"With the rights {', '.join(RIGHTS)}."),
        CredentialField(
            "region", "Region", "Where the account is.", secret=False, required=False,
            choices=REGIONS,
        ),
    )  # fmt: skip
    capabilities = Capabilities(
        async_job=True, ds_records=True, apex_only=True, ds_needs_key=True, max_ns=8
    )

    def __init__(self, credentials: Credentials, link: Link) -> None:
        self._api = Ovh(link, credentials.with_default("region", REGIONS[0][0]))

    @classmethod
    def from_token(cls, token: str) -> dict[str, str]:
        """`appKey:appSecret:consumerKey`, of the European region as in the earlier system."""
        names = ("application_key", "application_secret", "consumer_key")
        return dict(zip(names, token.split(":", 2), strict=False))

    def close(self) -> None:
        self._api.close()

    def validate(self, domain: Domain) -> Standing:
        self.must_fit(domain)
        credential = self._api.get("/auth/currentCredential")
        if credential.get("status") != "validated":
            raise InvalidToken("The consumer key is not validated, or has expired.")
        path = f"/domain/{domain.registrable}"
        needed = (
            ("GET", path),
            ("PUT", path),
            ("POST", f"{path}/nameServers/update"),
            ("GET", f"{path}/task/1"),
        )
        if missing := missing_rights(credential, needed):
            raise ScopeMissing(
                f"The consumer key lacks {', '.join(missing)}. Make one with {', '.join(RIGHTS)}.",
                needs=missing,
            )
        self._unlocked(domain)
        return Standing(domain.name, self.nameservers(domain))

    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        self.must_fit(domain)
        servers = self._listed(f"/domain/{domain.registrable}/nameServer")
        return hosts(one["host"] for one in servers if one["isUsed"] and not one["toDelete"])

    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        path = f"/domain/{domain.registrable}"
        if self._unlocked(domain)["nameServerType"] != EXTERNAL:
            self._api.call("PUT", path, {"nameServerType": EXTERNAL})
        body = {"nameServers": [{"host": name} for name in wanted]}
        return _job(self._api.call("POST", f"{path}/nameServers/update", body))

    def signers(self, domain: Domain) -> tuple[Signer, ...]:
        """The vendor keeps keys and makes the digests itself; so do we, with SHA-256."""
        self.must_fit(domain)
        return tuple(
            Signer.of_key(
                domain.name,
                flags=int(key["flags"]),
                algorithm=int(key["algorithm"]),
                public_key=key["publicKey"],
            )
            for key in self._listed(f"/domain/{domain.registrable}/dsRecord")
        )

    def _change_signers(
        self, domain: Domain, *, add: Signer | None = None, remove: Signer | None = None
    ) -> Job | None:
        there = self.signers(domain)
        keep = [one for one in there if one != remove]
        if add is not None and add not in keep:
            keep.append(_with_key(domain, add))
        if keep == list(there):
            return None
        path = f"/domain/{domain.registrable}"
        if not keep and self._api.get(path)["nameServerType"] == HOSTED:
            # Their own name servers sign by themselves and would put the key back.
            self._api.call("DELETE", f"/domain/zone/{domain.registrable}/dnssec")
            return None
        keys = [
            {"algorithm": s.algorithm, "flags": s.flags, "publicKey": s.public_key, "tag": s.tag}
            for s in keep
        ]
        return _job(self._api.call("POST", f"{path}/dsRecord", {"keys": keys}))

    def poll(self, domain: Domain, job: str) -> Job:
        found = _job(self._api.get(f"/domain/{domain.registrable}/task/{int(job)}"))
        if found.state is JobState.FAILED:
            raise JobFailed(
                "OVHcloud accepted the change and its task failed later. Nothing has changed; its "
                "control panel says why.",
                job=job,
            )
        return found

    def _listed(self, path: str) -> list[dict[str, Any]]:
        """Every entry of a list of numbers. Raises PendingOperation when it never holds still.

        A task that ends meanwhile replaces entries: one that is gone then says nothing of the
        domain, so the list is read anew. For a domain that is not there the list itself says so.
        """
        for _ in range(READS):
            numbers = self._api.get(path)
            try:
                return [self._api.get(f"{path}/{number}") for number in numbers]
            except DomainNotInAccount:
                continue
        raise PendingOperation("OVHcloud is changing this domain.", retry_after=BUSY_SECONDS)

    def _unlocked(self, domain: Domain) -> dict[str, Any]:
        """The domain, if it may be changed. A transfer lock is no lock against that."""
        found: dict[str, Any] = self._api.get(f"/domain/{domain.registrable}")
        if found.get("suspensionState", "not_suspended") != "not_suspended":
            raise DomainLocked("OVHcloud has suspended this domain. Have that lifted first.")
        return found


def _job(task: dict[str, Any]) -> Job:
    return Job(str(task["id"]), _STATES.get(task["status"], JobState.PENDING))


def _with_key(domain: Domain, signer: Signer) -> Signer:
    if not signer.public_key:
        raise NotSupportedForDomain(
            "OVHcloud makes the DS record itself and needs the public key for it.",
            steps=[f"Give the DNSKEY record of {domain.name} together with its DS record."],
        )
    return signer
