"""`/healthz` says who answers, `/readyz` whether what it needs answers too."""

from __future__ import annotations

import base64
import os
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import SecretStr

from catalyst.models import WorkerBeat
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret

pytestmark = pytest.mark.django_db


def test_given_a_sovereign_when_asked_for_health_then_its_name_and_deployment(settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"role": "sovereign", "sovereign_fqdn": "a.omani.works", "deployment_id": "d-1"}
    )
    answer = Client().get("/healthz").json()
    assert answer == {
        "status": "ok", "role": "sovereign", "sovereign": "a.omani.works", "deployment": "d-1",
        "instance": os.uname().nodename,
    }  # fmt: skip


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["checks"]


@pytest.fixture
def worker() -> None:
    WorkerBeat.objects.create(name="w", seen_at=timezone.now())


@pytest.mark.usefixtures("worker")
def test_given_everything_there_when_asked_whether_ready_then_200_with_times_and_ages() -> None:
    vault.put(purpose="test", secret=Secret("s"))
    status, checks = ready()
    assert status == 200, checks
    assert set(checks) == {"database", "redis", "worker", "powerdns", "vault"}
    for check in checks.values():
        assert check["verdict"] == "ok"
        assert check["ms"] >= 0
        assert 0 <= check["age"] < 30


def test_given_a_sovereign_when_asked_whether_ready_then_nothing_it_does_not_have(settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"role": "sovereign"})
    assert set(ready()[1]) == {"database", "redis", "vault"}


def test_given_a_worker_not_seen_lately_when_asked_whether_ready_then_503_names_it() -> None:
    WorkerBeat.objects.create(name="w", seen_at=timezone.now() - timedelta(minutes=1))
    status, checks = ready()
    assert status == 503
    assert checks["worker"]["verdict"] != "ok"
    assert checks["worker"]["age"] == pytest.approx(60, abs=10)
    assert checks["database"]["verdict"] == checks["redis"]["verdict"] == "ok"


@pytest.mark.usefixtures("worker")
def test_given_another_vault_key_when_asked_whether_ready_then_503_names_the_vault(
    settings,
) -> None:
    vault.put(purpose="test", secret=Secret("s"))
    settings.CATALYST_VAULT_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
    status, checks = ready()
    assert status == 503
    assert checks["vault"]["verdict"] == "Unsealable"


@pytest.mark.usefixtures("worker")
def test_given_the_name_servers_away_when_asked_whether_ready_then_503_without_key_or_address(
    settings,
) -> None:
    update = {"powerdns_url": "http://127.0.0.1:1", "powerdns_api_key": SecretStr("c4n4ry")}
    settings.CATALYST = settings.CATALYST.model_copy(update=update)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["powerdns"]["verdict"] == "ConnectError"
    assert "c4n4ry" not in answer.text
    assert "127.0.0.1" not in answer.text


@pytest.mark.usefixtures("worker")
def test_given_redis_away_when_asked_whether_ready_then_503_without_its_password(settings) -> None:
    settings.CELERY_BROKER_URL = "redis://:canary-password@127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"]["verdict"] == "ConnectionError"
    assert "canary" not in answer.text


@pytest.mark.usefixtures("worker")
def test_given_a_key_the_name_servers_refuse_when_asked_whether_ready_then_503(settings) -> None:
    update = {"powerdns_api_key": SecretStr("c4n4ry")}
    settings.CATALYST = settings.CATALYST.model_copy(update=update)
    status, checks = ready()
    assert status == 503
    assert checks["powerdns"]["verdict"] == "HTTPStatusError"
