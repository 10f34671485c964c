"""What a new machine sends with its bearer, and the kubeconfig its owner fetches."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from catalyst.audit.models import AuditEvent
from catalyst.vault import services as vault
from sovereign_wizard.provisioning.models import Deployment
from tests.integration.sovereign_wizard.api.conftest import Caller, kind

pytestmark = pytest.mark.django_db
YAML = b"apiVersion: v1\nkind: Config\n# k\xc3\xbcbe\n"


@pytest.fixture
def bearer(deployment: Deployment) -> str:
    return vault.get(deployment.secrets["callback-bearer"]).reveal()


def put(
    caller: Caller, deployment: Deployment, body: bytes, bearer: str | None = None
) -> HttpResponse:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    path = f"/api/v1/deployments/{deployment.pk}/kubeconfig"
    return caller.client.put(path, body, content_type="application/yaml", headers=headers)


def test_given_the_bearer_when_the_kubeconfig_is_put_then_204_and_the_owner_gets_it_audited(
    anybody: Caller, owner: Caller, deployment: Deployment, bearer: str
) -> None:
    before = owner.get(f"/deployments/{deployment.pk}/kubeconfig")
    answer = put(anybody, deployment, YAML, bearer)
    found = owner.get(f"/deployments/{deployment.pk}/kubeconfig")

    assert kind(before)[0] == 409
    assert (answer.status_code, answer.content) == (204, b"")
    assert (found.content, found["Content-Type"]) == (YAML, "application/yaml")
    assert found["Content-Disposition"].endswith(f'filename="{deployment.fqdn}-kubeconfig.yaml"')
    assert found["Cache-Control"] == "no-store"
    read = AuditEvent.objects.get(act="deployment.read-kubeconfig")
    assert (read.actor, read.object) == ("owner@example.com", deployment.subject)


def test_given_a_kubeconfig_is_there_when_another_is_put_then_403_already_set(
    anybody: Caller, deployment: Deployment, bearer: str
) -> None:
    put(anybody, deployment, YAML, bearer)

    assert kind(put(anybody, deployment, b"evil: true", bearer)) == (403, "already-set")


def test_given_no_or_a_wrong_bearer_when_put_then_401_and_403(
    anybody: Caller, deployment: Deployment
) -> None:
    missing = put(anybody, deployment, YAML)

    assert kind(missing) == (401, "missing-bearer")
    assert missing["WWW-Authenticate"].startswith("Bearer")
    assert kind(put(anybody, deployment, YAML, "")) == (401, "missing-bearer")
    assert kind(put(anybody, deployment, YAML, "wrong")) == (403, "forbidden")


def test_given_nothing_or_too_much_when_put_then_422(
    anybody: Caller, deployment: Deployment, bearer: str
) -> None:
    assert kind(put(anybody, deployment, b"", bearer)) == (422, "empty-body")
    assert kind(put(anybody, deployment, b"\xff", bearer)) == (422, "invalid")
    too_large = put(anybody, deployment, b"x" * (2**20 + 1), bearer)
    assert kind(too_large) == (422, "body-too-large")
    assert put(anybody, deployment, b"x" * 2**20, bearer).status_code == 204


def test_given_an_operator_when_the_kubeconfig_is_fetched_then_403_it_is_the_owners(
    anybody: Caller, operator: Caller, deployment: Deployment, bearer: str
) -> None:
    put(anybody, deployment, YAML, bearer)

    assert kind(operator.get(f"/deployments/{deployment.pk}/kubeconfig"))[0] == 403


def test_given_a_machine_when_it_calls_back_then_its_bearer_decides(
    anybody: Caller, deployment: Deployment, bearer: str
) -> None:
    path, body = f"/deployments/{deployment.pk}/callback", {"hostname": "cp-1"}
    right = anybody.post(path, body, Authorization=f"Bearer {bearer}")
    wrong = anybody.post(path, body, Authorization="Bearer wrong")

    assert right.json() == {"status": "ok"}
    assert kind(wrong)[0] == 403
    assert kind(anybody.post(path, body)) == (401, "missing-bearer")
    deployment.refresh_from_db()
    assert deployment.called_back_at is not None
