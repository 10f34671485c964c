"""States of a move and the steps of each: one table, one function. Anything else is refused."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from dns.byo.models import ENDED, DomainMove, MoveState, Step
from dns.byo.problems import NotInThisState

S = MoveState
TRANSITIONS: dict[str, frozenset[str]] = {
    S.PREPARING: frozenset({S.PENDING_FLIP, S.FAILED, S.RESTORING, S.RELEASING}),
    S.PENDING_FLIP: frozenset({S.PROPAGATING, S.DELEGATED, S.FAILED, S.RESTORING, S.RELEASING}),
    S.PROPAGATING: frozenset({S.PENDING_FLIP, S.DELEGATED, S.FAILED, S.RESTORING, S.RELEASING}),
    S.DELEGATED: frozenset({S.ACTIVE, S.FAILED, S.RESTORING, S.RELEASING}),
    S.ACTIVE: frozenset({S.RESTORING, S.RELEASING}),
    S.FAILED: frozenset(
        {S.PREPARING, S.PENDING_FLIP, S.PROPAGATING, S.DELEGATED, S.RESTORING, S.RELEASING}
    ),
    S.RESTORING: frozenset({S.RESTORED, S.FAILED, S.RELEASING}),
    S.RELEASING: frozenset({S.RELEASED, S.PREPARING, S.RESTORING}),
    S.RESTORED: frozenset(),
    S.RELEASED: frozenset(),
}
# The steps of each state in order; after the last one comes the state beside them.
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    S.PREPARING: (
        (Step.PREFLIGHT, Step.OWNERSHIP, Step.ZONE, Step.SERVERS, Step.OLD_DS), S.PENDING_FLIP,
    ),
    S.PENDING_FLIP: ((Step.FLIP, Step.PROPAGATION), S.DELEGATED),
    S.PROPAGATING: ((Step.PROPAGATION,), S.DELEGATED),
    S.DELEGATED: ((Step.PUBLISH_DS,), S.ACTIVE),
    S.ACTIVE: ((Step.WATCH,), S.ACTIVE),
    S.RESTORING: (
        (Step.BACK_DS, Step.BACK_FLIP, Step.BACK_DELEGATION, Step.BACK_OLD_DS, Step.CLEAN),
        S.RESTORED,
    ),
    S.RELEASING: ((Step.LEAVE, Step.CLEAN), S.RELEASED),
}  # fmt: skip
FORWARD: tuple[str, ...] = (*STEPS[S.PREPARING][0], Step.FLIP, Step.PROPAGATION, Step.PUBLISH_DS)
HERE = (S.DELEGATED, S.ACTIVE)


def first_step(state: str) -> str:
    return STEPS[state][0][0] if state in STEPS else Step.NONE


def state_of(step: str) -> str:
    """The state in which a step is done; PENDING_FLIP for the one that two have."""
    return next(state for state, (steps, _) in STEPS.items() if step in steps)


def after(state: str, step: str) -> tuple[str, str]:
    """State and step that follow a step that is done."""
    steps, beyond = STEPS[state]
    at = steps.index(step) + 1
    if at < len(steps):
        return state, steps[at]
    return beyond, first_step(beyond)


def move(row: DomainMove, to: str, *, step: str = "", **fields: Any) -> None:
    """Change the state of a locked row, inside the caller's transaction. Raises NotInThisState."""
    if to != row.state and to not in TRANSITIONS[row.state]:
        raise NotInThisState(f"{row.fqdn} is {row.get_state_display().lower()}.")
    ended = {"ended_at": Now()} if to in ENDED else {}
    changes = {"state": to, "step": step or first_step(to), **ended, **fields}
    if changes["step"] != row.step:
        changes |= {"step_since": Now(), "attempts": 0, "rounds": 0}
    DomainMove.objects.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()
