"""The groups of an Organization hold its members, whatever they held before."""

from __future__ import annotations

import secrets

import pytest

from catalyst.identity.keycloak import admin
from catalyst.identity.keycloak.services import make_groups, set_members
from tests.integration.catalyst.keycloak.conftest import Realm

pytestmark = [
    pytest.mark.django_db, pytest.mark.xdist_group("keycloak"), pytest.mark.slow,
]  # fmt: skip


def held(realm: Realm, path: str) -> set[str]:
    group = realm.get(f"/group-by-path{path}")
    return {row["email"] for row in realm.get(f"/groups/{group['id']}/members")}


@pytest.fixture
def people(realm: Realm) -> dict[str, str]:
    """Address → subject."""
    made = [f"{name}-{secrets.token_hex(4)}@acme.example" for name in ("a", "b", "c")]
    for email in made:
        realm.add(email, "a password of theirs")
    return {email: realm.people(email)[0]["id"] for email in made}


def test_given_members_when_set_then_each_is_in_the_group_of_their_role(
    realm: Realm, people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "PAGE", 1)  # as if there were more than fit into one answer
    slug = f"acme-{secrets.token_hex(3)}"
    (a, b, c), subject = people, people
    make_groups(slug=slug)
    set_members(slug=slug, people={"owner": {subject[a]}, "viewer": {subject[b], subject[c]}})
    assert held(realm, f"/orgs/{slug}/owner") == {a}
    assert held(realm, f"/orgs/{slug}/viewer") == {b, c}
    for _ in range(2):  # kept twice is kept once
        set_members(slug=slug, people={"owner": {subject[b]}, "admin": {subject[a]}})
    assert held(realm, f"/orgs/{slug}/owner") == {b}
    assert held(realm, f"/orgs/{slug}/admin") == {a}
    assert held(realm, f"/orgs/{slug}/viewer") == set()


def test_given_a_member_who_is_gone_there_when_set_then_the_others_are_in(
    realm: Realm, people: dict[str, str]
) -> None:
    slug, (a, *_) = f"acme-{secrets.token_hex(3)}", people
    set_members(slug=slug, people={"owner": {"00000000-0000-0000-0000-000000000000", people[a]}})
    assert held(realm, f"/orgs/{slug}/owner") == {a}
