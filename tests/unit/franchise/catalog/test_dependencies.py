"""Proof 19: what comes along, what may go, circles refused. Pure, over made-up graphs."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalyst.blueprints.needs import Need
from franchise.catalog.dependencies.graph import (
    DependencyCircle,
    Thing,
    Things,
    UnknownDependency,
    WrongVersion,
    check,
)
from franchise.catalog.dependencies.stack import Stack, pinned

MYSQL = Thing("mysql", shareable=True)
REAL: Things = {
    "mysql": MYSQL,
    "wordpress": Thing("wordpress", (Need("mysql"),)),
    "ghost": Thing("ghost", (Need("mysql"),)),
    "kuma": Thing("kuma"),
}


def stack(*chosen: str, things: Things = REAL, **more) -> Stack:
    return Stack(check(things), frozenset(chosen), **more)


def of(*things: Thing) -> Things:
    return {each.slug: each for each in things}


def test_proof_19_given_two_apps_of_one_database_when_one_goes_then_it_is_retained() -> None:
    gone = stack("wordpress", "ghost").remove("ghost")
    assert gone.purged == ("ghost",)
    assert gone.retained == {"mysql": ("wordpress",)}


def test_proof_19_given_two_apps_of_one_database_when_both_go_then_it_is_purged() -> None:
    gone = stack("wordpress", "ghost").remove("ghost").after.remove("wordpress")
    assert gone.purged == ("mysql", "wordpress")
    assert not gone.after.instances


def test_proof_19_given_a_dedicated_choice_then_each_has_its_own_and_takes_it_along() -> None:
    both = stack("wordpress", "ghost", dedicated=frozenset({("ghost", "mysql")}))
    assert both.services == ("ghost/mysql", "mysql")
    gone = both.remove("ghost")
    assert gone.purged == ("ghost", "ghost/mysql") and not gone.retained


def test_proof_19_given_a_service_that_cannot_be_shared_then_each_has_its_own() -> None:
    things = {**REAL, "mysql": Thing("mysql", shareable=False)}
    assert stack("wordpress", "ghost", things=things).services == ("ghost/mysql", "wordpress/mysql")


@pytest.mark.parametrize("circle", ["a", "ab", "abc"])
def test_proof_19_given_a_circle_then_it_is_refused_and_named(circle: str) -> None:
    things = of(*(
        Thing(name, (Need(circle[(place + 1) % len(circle)]),))
        for place, name in enumerate(circle)
    ))  # fmt: skip
    with pytest.raises(DependencyCircle) as caught:
        check(things)
    found = caught.value.extra["circle"]
    assert found[0] == found[-1] and set(found) == set(circle)
    assert all(
        found[place + 1] in {need.blueprint for need in things[name].needs}
        for place, name in enumerate(found[:-1])
    )


def test_given_a_need_of_nothing_known_then_refused() -> None:
    with pytest.raises(UnknownDependency):
        check(of(Thing("a", (Need("b"),))))


def test_given_a_version_outside_the_range_then_refused_and_inside_taken() -> None:
    b = Thing("b", version="2.1.0")
    assert check(of(Thing("a", (Need("b", "^2.0"),)), b))
    with pytest.raises(WrongVersion):
        check(of(Thing("a", (Need("b", "^1.0"),)), b))


def test_given_a_when_that_does_not_hold_then_nothing_comes_along() -> None:
    need = Need("redis", when="{{ .config.cache }}")
    things = of(Thing("a", (need,)), Thing("redis", shareable=True))
    assert not stack("a", things=things).services
    assert stack("a", things=things, configs={"a": {"cache": True}}).services == ("redis",)


def test_given_an_alias_then_two_copies_of_one_blueprint() -> None:
    needs = (Need("pg", alias="main"), Need("pg", alias="log"))
    things = of(Thing("a", needs), Thing("pg"))
    assert stack("a", things=things).services == ("a/log", "a/main")


def test_proof_19_given_an_admin_edit_of_a_dependency_then_installed_apps_keep_what_they_have() -> (
    None
):
    edited = {**REAL, "wordpress": Thing("wordpress", ())}
    kept = pinned(edited, {"wordpress": (Need("mysql"),)})
    assert stack("wordpress", things=kept).services == ("mysql",)
    assert stack("wordpress", "ghost", things=kept).remove("ghost").retained == {
        "mysql": ("wordpress",)
    }


def test_given_an_app_that_another_needs_when_removed_then_it_stays_and_who_needs_it_is_said() -> (
    None
):
    gone = stack("wordpress", "mysql").remove("mysql")
    assert gone.dependents == ("wordpress",) and not gone.purged


@st.composite
def graphs(draw: st.DrawFn) -> Things:
    """Each thing needs some of those before it, so that there is no circle."""
    names = [f"t{number}" for number in range(draw(st.integers(1, 7)))]
    return of(*(
        Thing(
            name,
            tuple(map(Need, draw(st.lists(st.sampled_from(names[:place]), unique=True))))
            if place else (),
            draw(st.booleans()),
        )
        for place, name in enumerate(names)
    ))  # fmt: skip


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    things = draw(graphs())
    names = st.sampled_from(sorted(things))
    return Stack(
        check(things), draw(st.frozensets(names, min_size=1)),
        draw(st.frozensets(st.tuples(names, names))),
    )  # fmt: skip


def whole(instances: Iterable[str], of_stack: Stack) -> bool:
    there = set(instances)
    return all(set(of_stack.instances[each].needs) <= there for each in there)


@settings(max_examples=120)
@given(made=stacks(), data=st.data())
def test_given_any_stack_when_an_app_is_removed_then_nothing_left_misses_what_it_needs(
    made: Stack, data: st.DataObject
) -> None:
    slug = data.draw(st.sampled_from(sorted(made.chosen)))
    gone = made.remove(slug)
    left = set(made.instances) - set(gone.purged)
    assert whole(left, made) and left == set(gone.after.instances)
    assert not set(gone.purged) & set(gone.retained)
    # Nothing is kept that nobody uses and nobody chose.
    assert all(gone.after.users(each) or each in gone.after.chosen for each in left)
    assert bool(gone.dependents) is (slug in left)
    # And back again it is what it was.
    assert gone.after.add([slug]).instances == made.instances


@settings(max_examples=60)
@given(made=stacks())
def test_given_any_stack_when_apps_go_in_any_order_then_nothing_is_left_over(made: Stack) -> None:
    for slug in sorted(made.chosen, key=hash):
        made = made.remove(slug).after
    assert not made.instances
