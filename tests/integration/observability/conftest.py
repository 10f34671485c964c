"""A little of everything, so that every family of figures has something to tell."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import redis
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalyst import telemetry
from catalyst.identity.models import Role, User
from catalyst.models import LeaseRow, OutboxItem, WorkerBeat
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, Run, State


@pytest.fixture(autouse=True)
def own_prefix(settings: Settings) -> Iterator[None]:
    """A corner of Redis of its own for each test."""
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    settings.CATALYST = settings.CATALYST.model_copy(update={"redis_prefix": prefix})
    yield
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        for key in client.scan_iter(f"{prefix}:*"):
            client.delete(key)


@pytest.fixture
def operator(db: None) -> User:
    email = "operator@example.com"
    return User.objects.create(subject=email, email=email, roles=[Role.OPERATOR])


Make = Callable[..., Deployment]


@pytest.fixture
def make_deployment(operator: User) -> Make:
    """A Deployment with one Run that is at `phase`, whose earlier phase took ten seconds."""

    def make(
        name: str,
        *,
        state: str = State.RUNNING,
        phase: str = "tofu-apply",
        minutes: int = 0,
    ) -> Deployment:
        deployment = Deployment.objects.create(
            owner=operator,
            idempotency_key=name,
            subdomain=name,
            pool_domain="omani.works",
            fqdn=f"{name}.omani.works",
            allocation_id=uuid.uuid4(),
            state=state,
            waits_for=phase if state == State.WAITING else "",
            reason="The machine has not called back yet." if state == State.WAITING else "",
        )
        since = timezone.now() - timedelta(minutes=minutes)
        Deployment.objects.filter(pk=deployment.pk).update(state_since=since)
        run = Run.objects.create(deployment=deployment, number=1, started_by="operator")
        add_phase(run, "preflight", PhaseState.DONE, since, seconds=10)
        at = {State.WAITING: PhaseState.WAITING, State.FAILED: PhaseState.FAILED}
        add_phase(run, phase, at.get(State(state), PhaseState.RUNNING), since)
        if state == State.FAILED:
            Run.objects.filter(pk=run.pk).update(finished_at=timezone.now())
        return deployment

    return make


def add_phase(
    run: Run, phase: str, state: str, started_at: datetime, *, seconds: float | None = None
) -> PhaseRun:
    return PhaseRun.objects.create(
        run=run,
        phase=phase,
        position=run.phases.count(),
        state=state,
        started_at=started_at,
        finished_at=None if seconds is None else started_at + timedelta(seconds=seconds),
    )


@pytest.fixture
def everything(make_deployment: Make) -> None:
    """At least one sample in every family."""
    make_deployment("running")
    make_deployment("waiting", state=State.WAITING, minutes=90)
    make_deployment("failed", state=State.FAILED)
    now = timezone.now()
    LeaseRow.objects.create(
        subject="deployment:x", holder="dead", expires_at=now - timedelta(minutes=2)
    )
    OutboxItem.objects.create(
        topic="dns.sync", key="allocation:1", available_at=now, attempts=3, last_error="Unavailable"
    )
    OutboxItem.objects.update(created_at=now - timedelta(minutes=10))
    WorkerBeat.objects.create(name="w", seen_at=now)
    telemetry.upstream(vendor="hetzner", code=200)
    telemetry.log_read([0.1])
