"""What a step is given: the row as it was read, the servers, the fence, and a place for results."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from catalyst.work.steps import Wait
from dns.byo import schedule
from dns.byo.models import DomainMove
from dns.byo.sealed import open_
from dns.powerdns.client import PowerDns
from dns.registrars.credentials import Credentials
from dns.registrars.values import hosts

UNHEARD = "The parent's name servers do not answer. We ask again."


@dataclass(slots=True)
class Context:
    """`ours` is a transaction in which no other worker can hold the domain; raises LeaseLost.

    A step writes no row: it leaves `changes` (fields), `needs` (of a person) and `lines` for the
    log, which are written together with what became of it.
    """

    row: DomainMove
    server: PowerDns
    ours: Callable[[], AbstractContextManager[None]]
    now: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    lines: list[tuple[str, str]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    acts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Our name servers, sorted."""
        return hosts(settings.CATALYST.nameservers)

    def say(self, text: str, level: str = "info") -> None:
        self.lines.append((level, text))

    def did(self, act: str, **facts: Any) -> None:
        """For the audit."""
        self.acts.append((act, facts))

    def remember(self, **facts: Any) -> None:
        """Beside what the snapshot holds, also of what this step found out before."""
        before = self.changes.get("snapshot", self.row.snapshot)
        self.changes["snapshot"] = {**before, **facts}

    def one_more_round(self) -> int:
        """Count this look at what takes long; the first of a step is 1."""
        rounds: int = self.row.rounds + 1
        self.changes["rounds"] = rounds
        return rounds

    def later(self, words: str) -> Wait:
        """Look again, and later with each round of this step."""
        return Wait(words, self.pause(self.one_more_round()))

    def credentials(self) -> Credentials | None:
        return open_(self.row)

    def pause(self, rounds: int) -> float:
        """Seconds until the next round of polling."""
        pace: float = settings.CATALYST.domain_pace
        return schedule.pause(rounds, chance=random.random()) * pace
