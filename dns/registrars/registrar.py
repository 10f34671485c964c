"""What every adapter offers, and the one way in which a change is decided: by reading it back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NoReturn, TypeVar

from catalyst.closing import Closing
from dns.registrars.credentials import Credentials
from dns.registrars.domains import Domain
from dns.registrars.exchange import Link
from dns.registrars.problems import (
    ApiUnavailable,
    InvalidNameservers,
    NotSupportedForDomain,
    ReadBackDiffers,
)
from dns.registrars.signers import Signer
from dns.registrars.values import (
    Capabilities,
    CredentialField,
    Job,
    JobState,
    Outcome,
    Standing,
    hosts,
)

Seen = TypeVar("Seen", tuple[str, ...], tuple[Signer, ...])

READ_BACK = "read-back"  # a job without an id of the vendor's: reading is all one can do


class Registrar(Closing):
    """An adapter for one operation or a few; a context manager.

    where        where a person makes the credentials
    rights       what they must be allowed to do, in the vendor's words
    propagation  one sentence: when the world will see a change
    serial       the vendor wants one request of an account at a time
    """

    name: ClassVar[str]
    title: ClassVar[str]
    endpoint: ClassVar[str]
    where: ClassVar[str]
    rights: ClassVar[tuple[str, ...]]
    propagation: ClassVar[str]
    fields: ClassVar[tuple[CredentialField, ...]]
    capabilities: ClassVar[Capabilities]
    serial: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, credentials: Credentials, link: Link) -> None: ...

    @classmethod
    def from_token(cls, token: str) -> Mapping[str, str]:
        """The fields of the earlier system's one string, parts between colons.

        The last part keeps its colons; a colon in another one can only be given by field.
        """
        names = [field.name for field in cls.fields]
        return dict(zip(names, token.split(":", len(names) - 1), strict=False))

    # --- what a caller asks -----------------------------------------------------------------------

    @abstractmethod
    def validate(self, domain: Domain) -> Standing:
        """That the credentials are good and may change this domain. Changes nothing."""

    @abstractmethod
    def nameservers(self, domain: Domain) -> tuple[str, ...]:
        """The hosts as the registrar has them now, sorted."""

    def set_nameservers(self, domain: Domain, wanted: Sequence[str]) -> Outcome:
        """Replace them. DONE only when they read back the same."""
        self.must_fit(domain, wanted)
        return self._settle(
            lambda: self._change_nameservers(domain, hosts(wanted)),
            lambda: self.nameservers(domain),
            lambda _: hosts(wanted),
        )

    def signers(self, domain: Domain) -> tuple[Signer, ...]:
        """DS records the registrar has given to the registry."""
        self._ds_by_hand(domain)

    def add_signer(self, domain: Domain, signer: Signer) -> Outcome:
        """Have the registry vouch for a key."""
        return self._settle(
            lambda: self._change_signers(domain, add=signer),
            lambda: self.signers(domain),
            lambda seen: seen if signer in seen else (*seen, signer),
        )

    def remove_signer(self, domain: Domain, signer: Signer) -> Outcome:
        """Have the registry no longer vouch for a key; one that is not there is fine."""

        def without(seen: tuple[Signer, ...]) -> tuple[Signer, ...]:
            return tuple(one for one in seen if one != signer)

        return self._settle(
            lambda: self._change_signers(domain, remove=signer),
            lambda: self.signers(domain),
            without,
        )

    def poll(self, domain: Domain, job: str) -> Job:
        """How far a job is. Raises JobFailed. DONE is the vendor's word; read back as well."""
        return Job(job, JobState.DONE)

    # --- what a vendor's package writes ----------------------------------------------------------

    @abstractmethod
    def _change_nameservers(self, domain: Domain, wanted: tuple[str, ...]) -> Job | None:
        """Ask the vendor once. None: it says it is done."""

    def _change_signers(
        self, domain: Domain, *, add: Signer | None = None, remove: Signer | None = None
    ) -> Job | None:
        self._ds_by_hand(domain)

    # --- the same for all -------------------------------------------------------------------------

    @classmethod
    def must_fit(cls, domain: Domain, wanted: Sequence[str] = ()) -> None:
        """Raises NotSupportedForDomain, InvalidNameservers."""
        if cls.capabilities.apex_only and not domain.is_apex:
            raise NotSupportedForDomain(
                f"{cls.title} keeps {domain.registrable}; names below it are delegated where its "
                "zone is edited.",
                steps=by_hand(domain, wanted),
            )
        if not cls.capabilities.apex_only and domain.is_apex:
            raise NotSupportedForDomain(
                f"{cls.title} always answers for a whole domain by its own name servers.",
                steps=elsewhere(domain, wanted, cls.title),
            )
        most, least = cls.capabilities.max_ns, cls.capabilities.min_ns
        if wanted and not least <= len(hosts(wanted)) <= most:
            raise InvalidNameservers(
                f"{cls.title} takes {least} to {most} different name servers.",
                field="nameservers",
            )

    def _settle(
        self,
        change: Callable[[], Job | None],
        read: Callable[[], Seen],
        wanted: Callable[[Seen], Seen],
    ) -> Outcome:
        """Ask for a change, then decide by what can be read, not by what was answered.

        `wanted` makes of what is seen what should be there instead; the same when it is done.
        """
        doubt: ApiUnavailable | None = None
        job: Job | None = None
        try:
            job = change()
        except ApiUnavailable as problem:
            if not problem.uncertain:
                raise
            doubt = problem
        if job is not None and job.state is JobState.PENDING and job.id != READ_BACK:
            return Outcome(JobState.PENDING, job)
        seen = read()
        if seen == wanted(seen):
            return Outcome(JobState.DONE, job)
        if doubt is not None:
            raise doubt
        if job is not None:
            return Outcome(JobState.PENDING, job)
        raise ReadBackDiffers(
            f"{self.title} said yes, and what it has now is not what was asked for.",
            wanted=_texts(wanted(seen)),
            seen=_texts(seen),
        )

    def _ds_by_hand(self, domain: Domain) -> NoReturn:
        raise NotSupportedForDomain(
            f"{self.title}'s API knows nothing of DS records.",
            steps=[
                f"Log in to {self.title} and open {domain.registrable}.",
                "Find DNSSEC in its advanced DNS settings.",
                "Add or remove the DS record that is shown here, and save.",
            ],
        )


def _texts(found: Sequence[str | Signer]) -> list[str]:
    return [one.text() if isinstance(one, Signer) else one for one in found]


def by_hand(domain: Domain, wanted: Sequence[str]) -> list[str]:
    """How a name below a registered domain is delegated."""
    records = ", ".join(hosts(wanted)) or "each of the name servers shown here"
    return [
        f"Log in where the DNS records of {domain.registrable} are edited.",
        f"Add an NS record for {domain.below} for {records}.",
        "Save, come back and press Check now.",
    ]


def elsewhere(domain: Domain, wanted: Sequence[str], title: str) -> list[str]:
    """What to do with a whole domain whose registrar does not let go of its name servers."""
    servers, name = ", ".join(hosts(wanted)) or "those shown here", domain.registrable
    return [
        f"Best: use a name below it, e.g. cloud.{name}; mail and web then stay as they are.",
        f"If {name} is registered elsewhere, set its name servers there to {servers}.",
        f"If it is registered with {title}, transfer it to another registrar first.",
    ]
