"""Values of this room: what a registrar can do, what it needs, what came of a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One input of the credentials form. `choices`: (value, label); empty: free text."""

    name: str
    label: str
    help: str
    secret: bool = True
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a vendor's API can do.

    async_job      a change may be accepted first and made, or fail, later
    ds_records     DS records can be read and changed
    ds_needs_key   a DS record is made from the DNSKEY, so the public key must be given
    glue_required  name servers must be registered with the account before they are used
    apex_only      only whole registered domains; otherwise only names below one
    """

    async_job: bool
    ds_records: bool
    apex_only: bool
    ds_needs_key: bool = False
    glue_required: bool = False
    min_ns: int = 2
    max_ns: int = 13


class JobState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """What a vendor accepted and works on. `id` is for `poll()` and holds no secret."""

    id: str
    state: JobState


@dataclass(frozen=True, slots=True)
class Standing:
    """What `validate` found out: the credentials may change this domain, which is like this."""

    domain: str
    nameservers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change. DONE: read back and the same. PENDING: `job` may be polled."""

    state: JobState
    job: Job | None = None


def host(text: str) -> str:
    """One spelling of a host name: lower case, no closing dot."""
    return text.strip().rstrip(".").lower()


def hosts(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in one spelling, sorted, each once."""
    return tuple(sorted({host(text) for text in texts}))
