"""States of a Deployment: one table, one function. Anything else is refused.

Must never be bypassed: nothing writes `Deployment.state` elsewhere, and no row becomes `failed`
because a process died.
"""

from __future__ import annotations

from typing import Any

from catalyst.language.words import lazy
from catalyst.problem import Conflict
from catalyst.work.clock import database_now
from sovereign_wizard.provisioning.models import (
    IN_WORK,
    Deployment,
    Run,
    RunKind,
    State,
    StateSpan,
)

__all__ = [
    "IN_WORK",
    "TRANSITIONS",
    "IllegalTransition",
    "at_end",
    "at_work",
    "begin",
    "transition",
]

# The table of the design, §4. Its `draft` is a row of the wizard and no Deployment yet. A destroy
# that had to wait goes on as a destroy, therefore waiting → destroying.
TRANSITIONS: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.WAITING, State.READY, State.FAILED, State.CANCELLING}),
    State.WAITING: frozenset({State.RUNNING, State.DESTROYING, State.CANCELLING, State.FAILED}),
    State.FAILED: frozenset({State.RUNNING, State.DESTROYING}),
    State.READY: frozenset({State.RUNNING, State.DESTROYING}),
    State.CANCELLING: frozenset({State.CANCELLED}),
    State.CANCELLED: frozenset({State.RUNNING, State.DESTROYING}),
    State.DESTROYING: frozenset({State.DESTROYED, State.WAITING, State.FAILED}),
    State.DESTROYED: frozenset(),
}
# What a Deployment is while a Run of this kind is at it, and what it becomes at its good end.
AT_WORK = {RunKind.PROVISION: State.RUNNING, RunKind.DESTROY: State.DESTROYING}
AT_END = {RunKind.PROVISION: State.READY, RunKind.DESTROY: State.DESTROYED}


class IllegalTransition(Conflict):
    type = "illegal-transition"
    title = lazy("That is not possible in this state")


def begin(deployment: Deployment) -> None:
    """The first span of a new Deployment, inside the caller's transaction."""
    StateSpan.objects.create(
        deployment=deployment, state=deployment.state, since=deployment.state_since
    )


def transition(
    deployment: Deployment, to: str, *, because: str = "", problem: dict[str, Any] | None = None
) -> None:
    """Move to another state inside the caller's transaction. Raises IllegalTransition.

    Locks the row and re-reads it, so that two movers queue up and the second sees the first.
    """
    current = Deployment.objects.select_for_update().get(pk=deployment.pk)
    if to not in TRANSITIONS[current.state]:
        raise IllegalTransition(f"{current.fqdn} is {current.state} and cannot become {to}.")
    # A clock that was set back must not make a span end before it began.
    now = max(database_now(), current.state_since)
    deployment.state, deployment.state_since = to, now
    deployment.reason, deployment.problem = because[:500], problem or {}
    deployment.waits_for = ""
    deployment.save(
        update_fields=["state", "state_since", "reason", "waits_for", "problem", "updated_at"]
    )
    deployment.spans.filter(until__isnull=True).update(until=now)
    StateSpan.objects.create(deployment=deployment, state=to, since=now, because=because[:500])


def at_work(run: Run) -> str:
    """The state of a Deployment while this Run is at it."""
    return AT_WORK[RunKind(run.kind)]


def at_end(run: Run) -> str:
    """The state of a Deployment once every phase of this Run is done."""
    return AT_END[RunKind(run.kind)]
