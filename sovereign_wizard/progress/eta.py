"""How far a run is and how much longer it takes, with how sure that is. Pure: it reads no rows.

Percent: a phase that is done counts one, one that was begun counts half, and 100 is kept for what
is proven to be ready. Time left: what such phases took before, each its median.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalyst.language import figures

MINUTE = 60
NEARLY = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """What one phase took in `runs` finished ones, in seconds. `where`: a region, or everywhere."""

    p50: float
    p95: float
    runs: int
    where: str


@dataclass(frozen=True, slots=True)
class Step:
    """A phase as the estimate sees it. `seconds`: since it began. `asks`: it waits for a person or
    for the world outside, and nobody knows how long that takes."""

    id: str
    state: str
    seconds: float = 0.0
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Eta:
    """`seconds` left, None when nobody can know. `words` say it, `sure` says what it rests on."""

    seconds: float | None
    words: str
    sure: str = ""


BEGUN = ("running", "waiting", "failed", "cancelled")


def percent(states: Sequence[str], *, ready: bool) -> int:
    """0 to 100; 100 only when `ready`. A phase that stopped keeps the half it had."""
    if ready:
        return 100
    if not states:
        return 0
    halves = sum(2 if state == "done" else state in BEGUN for state in states)
    return min(99, halves * 50 // len(states))


def left(steps: Sequence[Step], paces: Mapping[str, Pace], *, region: str) -> Eta:
    """The time until the last of these phases is done, for a run that is at work."""
    ahead = [step for step in steps if step.state != "done"]
    if not ahead:
        return Eta(0.0, _("about to end"))
    asks = next((step for step in ahead if step.asks), None)
    if asks is not None:
        return Eta(None, _("no estimate"), _("it depends on an answer from outside"))
    unknown = [step for step in ahead if step.id not in paces]
    if unknown:
        return Eta(None, _("no estimate"), _unknown(len(unknown), len(ahead)))
    now = ahead[0]
    if now.state != "pending" and now.seconds > paces[now.id].p95:
        taken = _("only 5 %% of %(runs)s took this long in this phase") % {
            "runs": _runs(paces[now.id])
        }
        return Eta(None, _("longer than usual"), taken)
    seconds = sum(_rest(step, paces[step.id]) for step in ahead)
    late = sum(max(paces[step.id].p95 - step.seconds, 0.0) for step in ahead)
    return Eta(
        seconds,
        _("about %(time)s left") % {"time": spoken(seconds)},
        _sure(ahead, paces, region, late),
    )


def spoken(seconds: float) -> str:
    """As exact as an estimate may be: `2 min`, `40 s`."""
    tens = max(NEARLY, round(seconds / NEARLY) * NEARLY)
    if tens < MINUTE:
        return figures.duration(tens)
    return figures.duration(round(seconds / MINUTE) * MINUTE)


def _rest(step: Step, pace: Pace) -> float:
    """Past its median, half of what is missing to the slow case is a fair guess."""
    if step.seconds <= pace.p50:
        return pace.p50 - step.seconds
    return max(pace.p95 - step.seconds, 0.0) / 2


def _sure(ahead: Sequence[Step], paces: Mapping[str, Pace], region: str, late: float) -> str:
    used = [paces[step.id] for step in ahead]
    # As sure as the phase that is known least.
    runs = min(pace.runs for pace in used)
    here = all(pace.where == region for pace in used)
    where = _("in %(region)s") % {"region": region} if here else _("in all regions")
    return _("p50 of %(runs)s %(where)s; at most %(time)s in 95 %%") % {
        "runs": _count(runs),
        "where": where,
        "time": spoken(late),
    }


def _runs(pace: Pace) -> str:
    return _count(pace.runs)


def _count(runs: int) -> str:
    return ngettext("%(count)s run", "%(count)s runs", runs) % {"count": runs}


def _unknown(unknown: int, ahead: int) -> str:
    if unknown == ahead:
        return _("no history yet")
    return _("no history yet of %(unknown)s of the %(ahead)s phases ahead") % {
        "unknown": unknown,
        "ahead": ahead,
    }
