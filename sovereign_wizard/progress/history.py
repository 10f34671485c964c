"""Time a Deployment spent in each state, from its spans. It never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from sovereign_wizard.provisioning.models import Deployment, State


@dataclass(frozen=True, slots=True)
class Span:
    """One stay in a state; `until` is None while it lasts, `seconds` counts on."""

    state: str
    label: str
    since: datetime
    until: datetime | None
    seconds: float
    because: str


@dataclass(frozen=True, slots=True)
class TimeIn:
    """All stays in one state together."""

    state: str
    label: str
    seconds: float
    lasts: bool


def spans(deployment: Deployment) -> tuple[Span, ...]:
    """Every stay, oldest first."""
    now = timezone.now()
    return tuple(
        Span(
            state=row.state,
            label=State(row.state).label,
            since=row.since,
            until=row.until,
            seconds=((row.until or now) - row.since).total_seconds(),
            because=row.because,
        )
        for row in deployment.spans.all()
    )


def times(stays: tuple[Span, ...]) -> tuple[TimeIn, ...]:
    """Time in each state altogether, in the order they were first reached."""
    found: dict[str, TimeIn] = {}
    for stay in stays:
        before = found.get(stay.state)
        seconds = stay.seconds + (before.seconds if before else 0)
        found[stay.state] = TimeIn(stay.state, stay.label, seconds, lasts=stay.until is None)
    return tuple(found.values())
