"""`/metrics`: who may read it, and that it tells the truth whichever process is asked."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from pytest_django.fixtures import Settings

from catalyst import telemetry
from catalyst.models import LeaseRow, OutboxItem, WorkerBeat
from catalyst.telemetry import shared
from catalyst.work import leases

pytestmark = pytest.mark.django_db
BEARER = "a-bearer-of-more-than-thirty-two-characters"


def figure(name: str, **labels: str) -> float | None:
    """One figure of a real answer; None when it is not there."""
    text = Client().get("/metrics").content.decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_given_this_machine_when_asking_for_metrics_then_prometheus_text() -> None:
    answer = Client().get("/metrics")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert list(text_string_to_metric_families(answer.content.decode()))


@pytest.mark.parametrize(
    "asking",
    [
        pytest.param({"REMOTE_ADDR": "192.0.2.7"}, id="from elsewhere"),
        pytest.param({"headers": {"X-Forwarded-For": "192.0.2.7"}}, id="through a proxy here"),
        pytest.param({"headers": {"Authorization": "Bearer wrong"}}, id="wrong bearer"),
        pytest.param({"headers": {"Authorization": "Bearer "}}, id="empty bearer"),
    ],
)
def test_given_a_stranger_when_asking_for_metrics_then_404(
    asking: dict[str, Any], settings: Settings
) -> None:
    update = {"metrics_token": SecretStr(BEARER)}
    settings.CATALYST = settings.CATALYST.model_copy(update=update)

    answer = Client().get("/metrics", **asking)

    assert answer.status_code == 404
    assert b"catalyst_" not in answer.content


def test_given_the_bearer_when_asking_from_elsewhere_then_200(settings: Settings) -> None:
    update = {"metrics_token": SecretStr(BEARER)}
    settings.CATALYST = settings.CATALYST.model_copy(update=update)
    headers = {"Authorization": f"Bearer {BEARER}"}

    answer = Client().get("/metrics", REMOTE_ADDR="192.0.2.7", headers=headers)

    assert answer.status_code == 200


def test_given_a_trusted_proxy_when_asking_from_loopback_without_bearer_then_404(
    settings: Settings,
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"trusted_proxy": True})

    assert Client().get("/metrics").status_code == 404


def test_given_calls_counted_in_two_processes_when_asked_then_their_sum() -> None:
    telemetry.upstream(vendor="hetzner", code=429)
    child = os.fork()
    if child == 0:  # a process of its own, as each worker is
        telemetry.upstream(vendor="hetzner", code=429)
        telemetry.upstream(vendor="hetzner", code=429)
        shared._pending.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

    assert figure("catalyst_upstream_calls_total", vendor="hetzner", code="429") == 3


def test_given_redis_away_when_counting_then_no_error_and_told_when_it_is_back(
    settings: Settings,
) -> None:
    there = settings.CELERY_BROKER_URL
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    telemetry.upstream(vendor="powerdns")
    away = figure("catalyst_figures_unreadable", source="vendors")
    others = figure("catalyst_figures_unreadable", source="leases")
    settings.CELERY_BROKER_URL = there

    assert (away, others) == (1, 0)
    assert figure("catalyst_upstream_calls_total", vendor="powerdns", code="no-answer") == 1


def test_given_a_held_lease_when_asked_then_its_age_and_no_delay() -> None:
    held = leases.take("deployment:a", holder="w", ttl=60)
    assert held is not None
    LeaseRow.objects.update(taken_at=timezone.now() - timedelta(seconds=100))

    age = figure("catalyst_lease_age_seconds", kind="deployment")

    assert age == pytest.approx(100, abs=10)
    assert figure("catalyst_lease_overdue_seconds", kind="deployment") == 0
    assert figure("catalyst_leases", kind="deployment") == 1


def test_given_a_lease_taken_over_when_asked_then_its_age_begins_anew() -> None:
    first = leases.take("deployment:a", holder="w", ttl=60)
    assert first is not None
    ago = timezone.now() - timedelta(seconds=100)
    LeaseRow.objects.update(taken_at=ago, expires_at=ago)
    assert figure("catalyst_lease_overdue_seconds", kind="deployment") == pytest.approx(100, abs=10)

    assert leases.take("deployment:a", holder="v", ttl=60) is not None

    age = figure("catalyst_lease_age_seconds", kind="deployment")
    assert age is not None and age < 50


def test_given_a_promised_call_when_asked_then_depth_failures_and_age_of_its_topic() -> None:
    for attempts, topic in ((2, "dns.sync"), (0, "dns.sync"), (0, "other")):
        OutboxItem.objects.create(
            topic=topic, key="k", attempts=attempts, available_at=timezone.now()
        )
    OutboxItem.objects.filter(attempts=2).update(created_at=timezone.now() - timedelta(minutes=5))
    OutboxItem.objects.create(
        topic="dns.sync", key="k", available_at=timezone.now(), done_at=timezone.now()
    )

    assert figure("catalyst_outbox_depth", topic="dns.sync") == 2
    assert figure("catalyst_outbox_failing", topic="dns.sync") == 1
    oldest = figure("catalyst_outbox_oldest_seconds", topic="dns.sync")
    assert oldest == pytest.approx(300, abs=20)


def test_given_a_worker_when_asked_then_the_age_of_its_sign_of_life() -> None:
    WorkerBeat.objects.create(name="w", seen_at=timezone.now() - timedelta(seconds=20))

    age = figure("catalyst_worker_beat_age_seconds", worker="w")

    assert age == pytest.approx(20, abs=10)


def test_given_lines_read_when_asked_then_their_ages_in_buckets() -> None:
    telemetry.log_read([0.02, 0.07, 40.0])

    assert figure("catalyst_log_lag_seconds_bucket", le="0.05") == 1
    assert figure("catalyst_log_lag_seconds_bucket", le="0.1") == 2
    assert figure("catalyst_log_lag_seconds_bucket", le="30.0") == 2
    assert figure("catalyst_log_lag_seconds_bucket", le="+Inf") == 3
    assert figure("catalyst_log_lag_seconds_sum") == pytest.approx(40.09)
