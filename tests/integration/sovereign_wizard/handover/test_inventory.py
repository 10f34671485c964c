"""What `look` finds in a project of the real local cloud, and whose it says it is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings

from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.problems import TokenRefused
from sovereign_wizard.handover import inventory
from sovereign_wizard.handover.items import Inventory

pytestmark = pytest.mark.django_db


def look(token: str, deployment_id: object, **more: object) -> Inventory:
    return inventory.look(
        token=Secret(token),
        deployment_id=str(deployment_id),
        endpoint=settings.CATALYST.hcloud_endpoint,
        **more,
    )


def test_given_ours_and_cluster_made_things_then_each_is_listed_with_price_and_reason(
    project, deployment, token
) -> None:
    seen = look(token, deployment.pk)

    ours = {item.kind: item for item in seen.items}
    assert {"server", "network", "primary_ip"} == set(ours)
    assert ours["server"].name == "ours-cp-0" and ours["server"].monthly_net > 0
    assert ours["network"].monthly_net is None
    assert ours["primary_ip"].why == "goes with server ours-cp-0"
    found = {item.kind: item for item in seen.also_found}
    assert found["volume"].why == "attached to server ours-cp-0"
    assert found["volume"].monthly_net == Decimal("0.44")
    assert found["load_balancer"].why == "in network ours"
    assert found["load_balancer"].monthly_net > 0
    assert "stranger" not in {item.name for item in seen.everything}


def test_given_the_server_is_gone_then_its_volume_is_still_known_and_still_listed(
    project, deployment, token
) -> None:
    before = look(token, deployment.pk)
    project.server.delete().wait_until_finished()

    forgotten = look(token, deployment.pk)
    known = look(token, deployment.pk, known=before.also_found)

    assert "pvc-4711" not in {item.name for item in forgotten.everything}
    assert "pvc-4711" in {item.name for item in known.also_found}


def test_given_another_deployment_then_nothing_of_this_project_is_its(project, token) -> None:
    assert look(token, "00000000-0000-0000-0000-000000000000").is_empty


def test_given_a_token_hetzner_does_not_know_then_refused(deployment) -> None:
    with pytest.raises(TokenRefused) as refused:
        look("x" * 64, deployment.pk)
    assert isinstance(refused.value, Problem)
