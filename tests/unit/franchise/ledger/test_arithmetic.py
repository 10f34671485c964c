"""What is taken of which grant, and which part of a share goes back: exact, whatever the parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from franchise.ledger.models import Grant
from franchise.ledger.order import in_order, take
from franchise.ledger.share import of_face, portion

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ENDS = st.none() | st.integers(0, 3).map(lambda days: NOW + timedelta(days=days))


@st.composite
def grants(draw: st.DrawFn) -> list[Grant]:
    count = draw(st.integers(0, 6))
    made = [
        Grant(
            pk=number,
            remaining_minor=draw(st.integers(0, 20)),
            priority=draw(st.integers(0, 2)),
            expires_at=draw(ENDS),
        )
        for number in range(count)
    ]
    return draw(st.permutations(made))


@given(grants(), st.integers(1, 80))
def test_given_any_grants_when_taken_then_enough_or_all_and_no_grant_gives_more_than_it_has(
    there: list[Grant], wanted: int
) -> None:
    parts = list(take(there, wanted))
    assert sum(part for _grant, part in parts) == min(
        wanted, sum(each.remaining_minor for each in there)
    )
    assert all(0 < part <= each.remaining_minor for each, part in parts)


@given(grants(), st.integers(1, 80))
def test_given_any_grants_when_taken_then_a_later_one_only_when_those_before_are_empty(
    there: list[Grant], wanted: int
) -> None:
    parts = list(take(there, wanted))
    usable = [each for each in in_order(there) if each.remaining_minor]
    assert [each for each, _part in parts] == usable[: len(parts)]
    assert all(part == each.remaining_minor for each, part in parts[:-1])


@given(grants())
def test_given_any_grants_when_ordered_then_by_end_then_priority_then_age(
    there: list[Grant],
) -> None:
    never = NOW + timedelta(days=10_000)
    keys = [(each.expires_at or never, each.priority, each.pk) for each in in_order(there)]
    assert keys == sorted(keys)


@given(st.integers(0, 10**15), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_given_any_parts_when_all_of_them_go_back_then_exactly_the_total_and_none_is_negative(
    total: int, parts: list[int]
) -> None:
    whole, before, back = sum(parts), 0, []
    for part in parts:
        back.append(portion(total, before=before, after=before + part, of=whole))
        before += part
    assert sum(back) == total and min(back) >= 0


@given(st.integers(0, 10**15), st.integers(0, 10**6), st.integers(1, 10**6))
def test_given_more_than_the_whole_when_it_goes_back_then_no_more_than_the_total(
    total: int, over: int, whole: int
) -> None:
    assert portion(total, before=0, after=whole + over, of=whole) == total


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_given_any_share_when_taken_of_a_face_value_then_rounded_down_and_never_more(
    face: int, share: int
) -> None:
    wholesale = of_face(face, share)
    assert 0 <= wholesale <= face
    assert 0 <= face * share - wholesale * 10_000 < 10_000
    assert of_face(face, None) == 0
