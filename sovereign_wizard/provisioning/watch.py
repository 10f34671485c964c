"""Why the work of a phase should stop now: another holder, a person, or its budget."""

from __future__ import annotations

import time
from datetime import timedelta
from enum import StrEnum

from django.db import DatabaseError

from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.work.clock import database_now
from catalyst.work.leases import Heartbeat, LeaseLost
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, State

LOOK_SECONDS = 1.0


class CancelAsked(Problem):
    """A person cancelled while a phase was at work. Never shown: the director ends the Run."""

    type = "cancel-asked"
    title = lazy("The run is being cancelled")
    status = 409


class BudgetExceeded(Problem):
    type = "phase-budget-exceeded"
    title = lazy("This phase took longer than it may")
    status = 504


class Why(StrEnum):
    LEASE = "lease"
    CANCEL = "cancel"
    BUDGET = "budget"


class Watch:
    """Asked about four times a second while tofu runs; looks at the row once a second.

    `budget`: seconds from the phase's first start, without those in which the vault was away.
    """

    def __init__(self, beat: Heartbeat, row: PhaseRun, *, budget: float) -> None:
        self._beat, self._row, self._budget = beat, row, budget
        self._deployment_id = row.run.deployment_id
        self._looked = 0.0
        # Asked once, because it may be away later; from then on no clock that somebody sets.
        self._clock, self._read = database_now(), time.monotonic()
        self.why: Why | None = None

    def should_stop(self) -> bool:
        """Once true, it stays true."""
        if self.why is None:
            self.why = self._reason()
        return self.why is not None

    def problem(self) -> Problem:
        """What to raise after the work was stopped."""
        match self.why:
            case Why.CANCEL:
                return CancelAsked()
            case Why.BUDGET:
                return BudgetExceeded(
                    f"It was interrupted after {self.spent:.0f} s of {self._budget:.0f} s. What was"
                    " made is kept; retry goes on from there."
                )
        return LeaseLost(f"{self._beat.held.subject} belongs to a newer holder")

    def check(self) -> None:
        """Raises the problem when the work should stop."""
        if self.should_stop():
            raise self.problem()

    @property
    def spent(self) -> float:
        """Seconds since the phase's first start in which it could work."""
        began = self._row.started_at
        if began is None:
            return 0.0
        now = self._clock + timedelta(seconds=time.monotonic() - self._read)
        return (now - began).total_seconds() - self._row.vault_away_seconds

    def _reason(self) -> Why | None:
        if self._beat.lost.is_set():
            return Why.LEASE
        if self.spent > self._budget:
            return Why.BUDGET
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            return Why.CANCEL if self._cancelled() else None
        return None

    def _cancelled(self) -> bool:
        try:
            found = Deployment.objects.filter(pk=self._deployment_id, state=State.CANCELLING)
            return found.exists()
        except DatabaseError:  # it is away: tofu goes on, the fence decides later
            return False
