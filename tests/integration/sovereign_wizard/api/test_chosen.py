"""Components and Apps of a wish: what was chosen is kept, and what lacks is told."""

from __future__ import annotations

from typing import Any

import pytest

from catalyst.blueprints.services import kit
from sovereign_wizard.provisioning.models import Deployment
from tests.integration.sovereign_wizard.api.conftest import Caller, kind

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "one-good-key"}


@pytest.mark.parametrize(
    ("components", "kept"),
    [
        (None, list(kit().all_optional)),
        ([], []),
        (["spire", "external-dns", "spire", "cilium"], ["external-dns", "spire"]),
    ],
)
def test_given_a_choice_of_components_then_the_deployment_has_the_optional_ones_of_it(
    owner: Caller, wish: dict[str, Any], components: list[str] | None, kept: list[str]
) -> None:
    answer = owner.post("/deployments", {**wish, "components": components}, **KEY)

    assert answer.status_code == 201, answer.json()
    assert answer.json()["chosenComponents"] == kept
    assert Deployment.objects.get(pk=answer.json()["id"]).chosen_components == kept


@pytest.mark.parametrize("chosen", [[], ["wordpress", "ghost", "wordpress"]])
def test_w25_given_apps_then_the_deployment_has_them(
    owner: Caller, wish: dict[str, Any], chosen: list[str]
) -> None:
    answer = owner.post("/deployments", {**wish, "apps": chosen}, **KEY)

    assert answer.status_code == 201, answer.json()
    assert answer.json()["chosenApps"] == sorted(set(chosen))
    assert Deployment.objects.get(pk=answer.json()["id"]).chosen_apps == sorted(set(chosen))


def test_given_a_choice_that_lacks_something_then_the_problem_says_what_for_whom(
    owner: Caller, wish: dict[str, Any]
) -> None:
    unmet = owner.post("/deployments", {**wish, "components": ["crossplane-claims"]}, **KEY)
    unknown = owner.post("/deployments", {**wish, "components": ["nginx"]}, **KEY)

    assert kind(unmet) == (422, "missing-components")
    assert unmet.json()["missing"] == {"crossplane-claims": ["crossplane"]}
    assert kind(unknown) == (422, "unknown-component")
    assert "external-dns" in unknown.json()["detail"]
