"""Whatever somebody adds and removes, what stands in the end works."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalyst.blueprints.selection import Selection, closure
from catalyst.blueprints.services import catalogue, defaults, selection

# A busy machine draws slowly; what is drawn is small.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
THERE = catalogue()
OPTIONAL = sorted(each.id for each in THERE.optional)
LOCKED = {each.id for each in THERE.locked}
Acts = list[tuple[bool, str]]


@st.composite
def graphs(draw: st.DrawFn) -> Selection:
    """Any things that need earlier ones, some of them locked, some picked."""
    names = [f"n{number}" for number in range(draw(st.integers(2, 9)))]
    needs = {
        name: tuple(draw(st.sets(st.sampled_from(names[:number] or [name]))) - {name})
        for number, name in enumerate(names)
    }
    some = st.frozensets(st.sampled_from(names))
    return Selection(needs, draw(st.frozensets(st.sampled_from(names), max_size=2)), draw(some))


def walked(begun: Selection, acts: Acts) -> Selection:
    for adds, name in acts:
        begun = begun.add([name]) if adds else begun.remove([name])
    return begun


def holds(each: Selection) -> None:
    assert each.locked <= each.chosen
    assert closure(each.needs, each.chosen) == each.chosen
    assert set(each.optional) == each.chosen - closure(each.needs, each.locked)


ACTS = st.lists(st.tuples(st.booleans(), st.sampled_from(OPTIONAL)), max_size=12)


@CALM
@given(ACTS)
def test_given_any_adding_and_removing_then_all_needs_and_all_mandatory_are_in(acts: Acts) -> None:
    end = walked(selection(), acts)
    holds(end)
    assert end.chosen >= LOCKED
    assert set(end.optional) <= set(OPTIONAL)


@CALM
@given(ACTS, st.sampled_from(OPTIONAL))
def test_given_what_was_just_added_then_removing_it_leads_back(acts: Acts, name: str) -> None:
    before = walked(selection(), acts)
    if name in before.chosen:
        return
    after = before.add([name])
    assert name in after.chosen
    assert after.dependents(name) == ()
    assert after.remove([name]) == before


@CALM
@given(graphs(), st.data())
def test_given_any_graph_then_both_hold_as_well(begun: Selection, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(begun.needs))
    before = walked(begun, data.draw(st.lists(st.tuples(st.booleans(), names), max_size=12)))
    holds(before)
    name = data.draw(names)
    if name not in before.chosen:
        assert before.add([name]).remove([name]) == before
    gone = before.remove([name])
    holds(gone)
    fixed = closure(before.needs, before.locked)
    assert (name in gone.chosen) is (name in fixed)
    # Only what needs it, and what only had come along with those, is gone with it.
    lost = before.chosen - gone.chosen
    needing = {*before.dependents(name), name} - fixed if name in before.chosen - fixed else set()
    assert needing <= lost
    assert not lost & closure(before.needs, gone.picked)


def test_given_a_part_that_another_needs_then_it_stays_when_the_first_goes() -> None:
    needs = {"a": ("shared",), "b": ("shared",), "shared": ()}
    both = Selection(needs, frozenset(), frozenset()).add(["a"]).add(["b"])
    assert both.remove(["a"]).optional == ("b", "shared")
    assert both.remove(["a"]).remove(["b"]).optional == ()


def test_given_a_pick_of_its_own_then_it_stays_when_what_needed_it_goes() -> None:
    needs = {"a": ("shared",), "shared": ()}
    picked = Selection(needs, frozenset(), frozenset({"shared"})).add(["a"])
    assert picked.remove(["a"]).optional == ("shared",)


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_given_what_is_mandatory_then_nothing_removes_it(name: str) -> None:
    assert selection().remove([name]) == selection()


def test_given_nobody_chose_then_all_that_is_recommended_is_chosen_with_its_needs() -> None:
    assert set(defaults()) <= set(selection().optional)
    assert selection([]).optional == ()


def test_given_words_that_are_no_components_or_not_to_be_had_then_they_are_dropped() -> None:
    assert selection(["minecraft", "grafana", "spire"]).optional == ("spire",)
