"""What the services of this room answer with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from dns.delegation.ask import is_heard
from dns.registrars.domains import Domain


@dataclass(frozen=True, slots=True)
class Record:
    """A set of records of a domain's zone; `name` without final dot, contents as in a zone file."""

    name: str
    kind: str
    contents: tuple[str, ...]
    ttl: int = 300

    def as_json(self) -> list[Any]:
        return [self.name, self.kind, self.ttl, list(self.contents)]

    @classmethod
    def of_json(cls, row: Sequence[Any]) -> Self:
        name, kind, ttl, contents = row
        return cls(name, kind, tuple(contents), ttl)


class Level(StrEnum):
    STOP = "stop"  # it cannot begin like this
    WARN = "warn"  # something people use may stop
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is stable: `pool`, `taken`, `foreign-zone`, `unregistered`, `unanswered`, `mail`,
    `web`, `signed`, `locked`, `expiring`, `already-here`, `apex`.
    """

    kind: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What RDAP says. `known` false: it could not be asked."""

    known: bool = False
    registrar: str = ""
    locks: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a domain is now, before anything is changed.

    `records`: what its present name servers say and ours would not, by name and kind, as far as
    well-known names tell; all of it can be given to `begin`. `needs_acknowledgement`: `begin` wants
    the domain typed, or records of every kind of `losses`.
    """

    domain: Domain
    display: str
    parent: str
    nameservers: tuple[str, ...]
    ds: tuple[str, ...]
    records: tuple[Record, ...]
    registration: Registration
    findings: tuple[Finding, ...]
    has_mail: bool
    needs_acknowledgement: bool
    recommended: str
    unanswered: tuple[str, ...]
    ns_ttl: int = 0
    ds_ttl: int = 0
    key_ttl: int = 0

    @property
    def fqdn(self) -> str:
        return self.domain.name

    @property
    def conflict(self) -> str:
        """Why it cannot begin; empty when it can."""
        return next((one.text for one in self.findings if one.level is Level.STOP), "")


@dataclass(frozen=True, slots=True)
class Asked:
    """One server's last word. `group`: `parent`, `ours` or `resolver`. `ttl` in seconds, at `at`.

    `problem` says what is wrong with it, empty when it is as it should be.
    """

    group: str
    server: str
    address: str
    answer: tuple[str, ...]
    ttl: int | None
    at: str
    problem: str
    rcode: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem

    @property
    def heard(self) -> bool:
        return is_heard(self.rcode)

    @property
    def seen_at(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Round:
    """One look at the whole world."""

    asked: tuple[Asked, ...] = ()

    def of(self, group: str) -> tuple[Asked, ...]:
        return tuple(one for one in self.asked if one.group == group)

    def as_json(self) -> dict[str, Any]:
        return {"asked": [asdict(one) for one in self.asked]}

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> Self:
        rows = document.get("asked", ())
        return cls(tuple(Asked(**{**row, "answer": tuple(row["answer"])}) for row in rows))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A round in one word and one sentence; `right`: it counts towards success.

    `kind` is `right`, `not-yet`, `mixed`, `split`, `lame`, `bogus`, `silent` or `gone`. `here`: at
    least one parent server names one of ours; `all_here`: all name all of ours and nobody else.
    """

    kind: str
    text: str
    right: bool = False
    here: bool = False
    all_here: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What `begin` answers."""

    move_id: uuid.UUID
    fqdn: str


@dataclass(frozen=True, slots=True)
class MoveStatus:
    """How a move is. `words`: one plain sentence, what it waits for or why it stopped.

    delegated   the parent names us and the world follows: a Deployment may go on
    settled     the zone says what was asked for (after `commit`: with the addresses)
    parked      given up, and the zone stays because the parent still sends people here
    gone        nothing is left of it here
    """

    move_id: uuid.UUID
    fqdn: str
    mode: str
    registrar: str
    state: str
    step: str
    words: str
    verdict: str
    delegated: bool
    settled: bool
    failed: bool
    parked: bool
    gone: bool
    problem: dict[str, Any]
    next_poll_at: datetime | None
    address_v4: str | None
    address_v6: str | None
    owner: str


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """`Asked` for people: `expires_at` is when what it said may be forgotten (TTL)."""

    server: str
    address: str
    answer: tuple[str, ...]
    ttl: int | None
    at: datetime
    expires_at: datetime | None
    ok: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One thing a person does elsewhere. `kind`: `txt`, `ds-remove`, `ns`, `ds-add`.

    `name` and `values` are what to type; `steps` are sentences, in order.
    """

    kind: str
    title: str
    name: str
    values: tuple[str, ...]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the propagation panel shows. `late`: "", "24" or "48" hours. `version` changes
    whenever anything of it does (but the ticking of TTLs).
    """

    status: MoveStatus
    parent: tuple[ServerAnswer, ...]
    ours: tuple[ServerAnswer, ...]
    resolvers: tuple[ServerAnswer, ...]
    next_poll_at: datetime | None
    nameservers: tuple[str, ...]
    ds: tuple[str, ...]
    challenge: tuple[str, str] | None
    needs: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    can_check: bool
    can_resume: bool
    can_restore: bool
    wants_credentials: bool
    snapshot: dict[str, Any]
    age_hours: int
    late: str
    mixed: bool
    version: str
    steps: tuple[tuple[str, str, str], ...] = field(default=())
