"""What other rooms do when an Organization changes its state, inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable

from franchise.organizations.models import Organization
from franchise.organizations.problems import WrongState
from franchise.organizations.states import FOLLOWS, State

# The Organization as it is from now on, its row locked, and the state it had ("": it is new).
OnState = Callable[[Organization, str], None]
_told: list[OnState] = []


def on_state(callback: OnState) -> OnState:
    """Register what a room does then. What it raises undoes the change."""
    if callback not in _told:
        _told.append(callback)
    return callback


def go(organization: Organization, to: str, detail: str = "") -> None:
    """From its state to another, by the table. Its other columns are saved too.

    The caller holds the row's lock. Raises WrongState.
    """
    before = organization.state
    if to not in FOLLOWS[before]:
        raise WrongState(detail, state=before)
    organization.state = State(to)
    organization.save()
    organization.refresh_from_db()  # times are the database's
    tell(organization, before)


def tell(organization: Organization, before: str) -> None:
    """All rooms hear of it; `before` is empty for one that was just made."""
    for callback in _told:
        callback(organization, before)
