"""What a Sovereign's realm says of people, and the groups that the console makes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalyst.identity.keycloak import services
from catalyst.identity.models import User
from catalyst.identity.oidc import claims as judge
from catalyst.identity.oidc.people import ROLES
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from franchise.organizations import services as organizations
from tests.integration.catalyst.keycloak.conftest import NEW_PASSWORD, Realm, Visitor

pytestmark = [
    pytest.mark.django_db, pytest.mark.xdist_group("keycloak"), pytest.mark.slow,
]  # fmt: skip
PERSON = "amal@muscatpharmacy.example"


def test_given_the_chart_then_its_realm_has_our_roles_and_no_other(
    document: dict[str, Any],
) -> None:
    named = {role["name"] for role in document["roles"]["realm"]}
    assert named == set(ROLES) - {"member"}


def test_given_an_organization_when_made_then_its_groups_are_and_their_people_have_the_role(
    realm: Realm, visitor: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = organizations.create(name="Muscat Pharmacy", owner_email=PERSON)
    assert outbox.drain() > 0
    promised = OutboxItem.objects.filter(topic=services.GROUPS)
    assert promised.exists() and not promised.filter(done_at=None).exists()
    services.make_groups(slug=made.slug)  # again: nothing is there twice
    (root,) = realm.get("/groups", search="orgs", exact="true")
    all_of_them = realm.get(f"/groups/{root['id']}/children")
    (group,) = (each for each in all_of_them if each["name"] == made.slug)
    parts = realm.get(f"/groups/{group['id']}/children")
    assert {part["name"] for part in parts} == set(services.PARTS)
    assert group["path"] == f"/orgs/{made.slug}"

    realm.add(PERSON, NEW_PASSWORD, groups=(f"/orgs/{made.slug}/billing",))
    said: list[Any] = []
    judged = judge.of_id_token

    def heard(*token: Any, **how: Any) -> Any:
        said.append(judged(*token, **how))
        return said[-1]

    monkeypatch.setattr(judge, "of_id_token", heard)
    browser = visitor()
    browser.come_back(browser.try_code(PERSON, NEW_PASSWORD))
    assert User.objects.get().roles == ["org-billing"]
    assert said[0]["groups"] == [f"/orgs/{made.slug}/billing"]


def test_given_no_keycloak_of_our_own_then_no_groups_are_promised(settings: Any) -> None:
    for role, issuer in (("zero", "x"), ("sovereign", "")):
        update = {"role": role, "oidc_issuer": issuer}
        settings.CATALYST = settings.CATALYST.model_copy(update=update)
        organizations.create(name=f"Pharmacy {role}", owner_email=PERSON)
    assert not OutboxItem.objects.filter(topic=services.GROUPS).exists()
