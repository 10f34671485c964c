"""When the world is asked again: any history, any moment of a restart, the same schedule."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dns.byo import schedule

chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 2**32))
def test_given_any_jitter_then_30_s_ten_times_2_min_15_times_10_min_until_three_days(
    seed: int,
) -> None:
    chance = random.Random(seed).random
    pauses = [schedule.pause(number, chance=chance()) for number in range(1, 600)]

    for wanted, part in ((30, pauses[:10]), (120, pauses[10:25]), (600, pauses[25:])):
        assert all(0.9 * wanted <= pause <= 1.1 * wanted for pause in part)
    assert sum(pauses) > schedule.CAP.total_seconds(), "more rounds than fit into the cap"


@given(st.integers(1, 10_000), chances)
def test_given_a_row_read_again_after_a_restart_then_its_next_pause_is_the_same(
    rounds: int, chance: float
) -> None:
    assert schedule.pause(rounds, chance=chance) == schedule.pause(rounds, chance=chance)
    assert schedule.pause(rounds + 1, chance=chance) >= schedule.pause(rounds, chance=chance)


@given(st.timedeltas(timedelta(0), timedelta(days=9)))
def test_given_any_age_then_it_is_over_at_72_hours_and_not_before(age: timedelta) -> None:
    assert schedule.is_over(age) is (age >= timedelta(hours=72))


def test_given_chances_that_differ_then_domains_that_began_together_are_asked_apart() -> None:
    assert schedule.pause(1, chance=0.1) != schedule.pause(1, chance=0.9)
