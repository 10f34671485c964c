"""What roles and states allow: two tables, said here a second time by their rules."""

from __future__ import annotations

from itertools import product

import pytest

from catalyst.identity.keycloak.services import PARTS
from catalyst.problem import Invalid
from franchise.organizations.environments.models import Kind
from franchise.organizations.environments.services import LONGEST_LABEL, label
from franchise.organizations.members.roles import STANDS_FOR, MemberRole, may, may_give
from franchise.organizations.slugs import ENV_TYPES, LONGEST, BadSlug, check
from franchise.organizations.states import FOLLOWS, State


def test_given_the_roles_when_compared_then_they_are_the_groups_of_keycloak() -> None:
    assert set(MemberRole.values) == set(PARTS) == set(STANDS_FOR)


def test_given_any_role_when_asked_then_it_has_its_own_rights_and_those_of_a_viewer() -> None:
    for role in MemberRole.values:
        assert may(role, role) and may(role, MemberRole.VIEWER)
        assert may(MemberRole.OWNER, role)


def test_given_rights_when_one_has_them_of_another_then_all_of_them() -> None:
    for one, other, third in product(MemberRole.values, repeat=3):
        if may(one, other) and may(other, third):
            assert may(one, third)


@pytest.mark.parametrize("role", ["developer", "billing", "security", "viewer"])
def test_given_no_admin_when_giving_roles_then_none(role: str) -> None:
    assert not any(may_give(role, given) for given in MemberRole.values)


def test_given_an_admin_when_giving_roles_then_all_but_owner() -> None:
    assert {given for given in MemberRole.values if may_give("admin", given)} == (
        set(MemberRole.values) - {"owner"}
    )


@pytest.mark.parametrize(("one", "other"), [("billing", "security"), ("developer", "billing")])
def test_given_roles_beside_each_other_when_asked_then_neither_has_the_others_rights(
    one: str, other: str
) -> None:
    assert not may(one, other) and not may(other, one)


def test_given_the_states_when_walked_then_deleted_is_the_end_and_only_after_a_grace() -> None:
    assert set(FOLLOWS) == set(State.values)
    assert FOLLOWS[State.DELETED] == frozenset()
    assert {one for one in FOLLOWS if State.DELETED in FOLLOWS[one]} == {State.DELETING}


def test_given_the_longest_slug_when_an_environment_is_named_then_it_is_a_label() -> None:
    slug = "a" * LONGEST
    for kind in Kind.values:
        assert label(slug=slug, kind=kind) == f"{slug}-{kind}"
        assert len(label(slug=slug, kind=kind)) <= LONGEST_LABEL
    assert set(Kind.values) == set(ENV_TYPES)


def test_given_an_app_that_makes_it_too_long_when_named_then_refused_beside_the_app() -> None:
    fits = "a" * (LONGEST_LABEL - len("acme-prod-"))
    assert len(label(slug="acme", kind="prod", app=fits)) == LONGEST_LABEL
    with pytest.raises(Invalid) as caught:
        label(slug="acme", kind="prod", app=f"{fits}a")
    assert caught.value.extra["field"] == "app"


@pytest.mark.parametrize("slug", ["mine", "acme-prod", "system", "a--b", "acme-", "../etc", "ACME"])
def test_proof_16_given_a_slug_that_collides_when_checked_then_refused(slug: str) -> None:
    with pytest.raises(BadSlug):
        check(slug)
