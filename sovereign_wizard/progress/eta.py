"""How far a run is and how much longer it takes, with how sure that is. Pure: it reads no rows.

Percent: a phase that is done counts one, one that was begun counts half, and 100 is kept for what
is proven to be ready. Time left: what such phases took before, each its median.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        return Eta(0.0, "about to end")
    asks = next((step for step in ahead if step.asks), None)
    if asks is not None:
        return Eta(None, "no estimate", "it depends on an answer from outside")
    unknown = [step for step in ahead if step.id not in paces]
    if unknown:
        return Eta(None, "no estimate", _unknown(len(unknown), len(ahead)))
    now = ahead[0]
    if now.state != "pending" and now.seconds > paces[now.id].p95:
        taken = f"only 5 % of {_runs(paces[now.id])} took this long in this phase"
        return Eta(None, "longer than usual", taken)
    seconds = sum(_rest(step, paces[step.id]) for step in ahead)
    late = sum(max(paces[step.id].p95 - step.seconds, 0.0) for step in ahead)
    return Eta(seconds, f"about {spoken(seconds)} left", _sure(ahead, paces, region, late))


def spoken(seconds: float) -> str:
    """As exact as an estimate may be: `2 min`, `40 s`."""
    tens = max(NEARLY, round(seconds / NEARLY) * NEARLY)
    if tens < MINUTE:
        return f"{tens} s"
    hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)


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
    where = f"in {region}" if here else "in all regions"
    return f"p50 of {runs} run{'' if runs == 1 else 's'} {where}; at most {spoken(late)} in 95 %"


def _runs(pace: Pace) -> str:
    return "1 run" if pace.runs == 1 else f"{pace.runs} runs"


def _unknown(unknown: int, ahead: int) -> str:
    if unknown == ahead:
        return "no history yet"
    return f"no history yet of {unknown} of the {ahead} phases ahead"
