"""How far a run is and how much longer it takes: what may be said, and what never."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign_wizard.progress.eta import Pace, Step, left, percent

RANK = {"pending": 0, "running": 1, "waiting": 1, "failed": 1, "cancelled": 1, "done": 2}
NEXT = {
    "pending": ("running",),
    "running": ("waiting", "done", "failed", "cancelled"),
    "waiting": ("done", "failed", "cancelled"),
}


@st.composite
def runs(draw) -> list[list[str]]:
    """A run as it goes on: in each moment one phase moves, the first that can."""
    states = ["pending"] * draw(st.integers(1, 20))
    seen = [list(states)]
    while True:
        at = next((n for n, state in enumerate(states) if state != "done"), None)
        if at is None or states[at] not in NEXT:
            return seen
        states[at] = draw(st.sampled_from(NEXT[states[at]]))
        seen.append(list(states))


@settings(deadline=None)
@given(runs())
def test_given_any_run_when_it_goes_on_then_its_percent_never_falls(seen) -> None:
    shown = [percent(states, ready=False) for states in seen]

    assert shown == sorted(shown)
    assert shown[0] == 0 and shown[-1] < 100
    assert percent(seen[-1], ready=True) == 100


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(RANK)), min_size=1))
def test_given_any_states_then_100_is_kept_for_what_is_ready(states) -> None:
    assert 0 <= percent(states, ready=False) < 100


def test_given_a_phase_at_work_then_it_counts_half() -> None:
    assert percent(["done", "running", "pending", "pending"], ready=False) == 37
    assert percent(["done", "done", "pending", "pending"], ready=False) == 50
    assert percent([], ready=False) == 0


def pace(p50: float, p95: float = 0.0, runs: int = 14, where: str = "hel1") -> Pace:
    return Pace(p50, p95 or p50 * 2, runs, where)


PACES = {"plan": pace(10), "apply": pace(100), "tls": pace(40)}


def test_given_history_then_the_rest_is_the_medians_and_says_of_how_many_runs_where() -> None:
    steps = [Step("plan", "done", 9), Step("apply", "running", 30), Step("tls", "pending")]

    seen = left(steps, PACES, region="hel1")

    assert seen.seconds == 110
    assert seen.words == "about 2 min left"
    assert seen.sure == "p50 of 14 runs in hel1; at most 4 min in 95 %"


def test_given_a_phase_from_elsewhere_then_it_is_as_sure_as_the_least_known() -> None:
    paces = {**PACES, "tls": pace(40, runs=1, where="all regions")}

    seen = left([Step("apply", "running"), Step("tls", "pending")], paces, region="hel1")

    assert "p50 of 1 run in all regions" in seen.sure


@pytest.mark.parametrize(
    ("known", "sure"),
    [({}, "no history yet"), ({"apply": pace(3)}, "no history yet of 1 of the 2 phases ahead")],
)
def test_given_a_phase_nobody_knows_then_there_is_no_estimate(known, sure) -> None:
    seen = left([Step("apply", "running"), Step("tls", "pending")], known, region="hel1")

    assert seen.seconds is None and seen.sure == sure and "left" not in seen.words


def test_given_it_waits_for_a_person_then_nobody_can_know() -> None:
    seen = left([Step("approve", "waiting", asks=True), Step("tls", "pending")], PACES, region="")

    assert seen.seconds is None and "outside" in seen.sure


def test_given_a_phase_beyond_what_was_ever_usual_then_it_says_so() -> None:
    seen = left([Step("apply", "running", 201)], PACES, region="hel1")

    assert seen.seconds is None and seen.words == "longer than usual"


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.tuples(st.floats(0, 1e5), st.floats(1, 10)), min_size=1
    ),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
)
def test_given_time_passes_in_a_phase_then_the_rest_never_grows(found, first, more) -> None:
    paces = {name: Pace(p50, p50 * by, 5, "hel1") for name, (p50, by) in found.items()}

    def rest(seconds: float) -> float | None:
        steps = [Step(name, "pending") for name in paces]
        steps[0] = Step(steps[0].id, "running", seconds)
        return left(steps, paces, region="hel1").seconds

    # At the median the guess changes from what is missing to it to half of what the slow case has.
    p50 = paces[next(iter(paces))].p50
    if (first <= p50) == (first + more <= p50):
        earlier, later = rest(first), rest(first + more)
        assert later is None or earlier is None or later <= earlier + 1e-6


@settings(deadline=None)
@given(st.floats(0, 1e7))
def test_given_any_rest_then_its_words_are_no_more_exact_than_a_guess_may_be(seconds) -> None:
    words = left([Step("a", "pending")], {"a": Pace(seconds, seconds, 3, "x")}, region="x").words

    assert words.startswith("about ") and words.endswith(" left")
    figures = [int(part) for part in words.split() if part.isdigit()]
    assert figures and all(figures)
