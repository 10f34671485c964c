"""One Sovereign's servers for all tests of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pydantic import SecretStr

from catalyst.work import outbox
from catalyst.work.leases import take
from catalyst.work.models import OutboxItem
from franchise import tasks
from franchise.applications import connections, hooks, journal, worker
from franchise.applications.models import App
from franchise.catalog import services as catalog
from franchise.organizations import services as organizations
from franchise.organizations.members.models import Membership
from franchise.organizations.quotas import services as quotas
from franchise.organizations.quotas.limits import Limits
from tests.integration.embedded.running import short_folder
from tests.integration.franchise.applications.stage import Stage, staged


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with short_folder() as folder:
        (machine := tmp_path_factory.mktemp("apps") / "machine").mkdir()
        with staged(machine.parent, folder / "state") as made:
            yield made


@pytest.fixture
def here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The settings of a Sovereign that has Apps."""
    monkeypatch.setattr(settings, "CATALYST", with_apps(settings.CATALYST, stage.settings))
    stage.front.statuses.clear()
    stage.front.everything = 200
    return stage


def with_apps(ours: Any, told: dict[str, Any]) -> Any:
    paths = {
        name: Path(told[name]) for name in ("kubernetes_token_file", "kubernetes_ca", "ca_bundle")
    }
    return ours.model_copy(update={**told, **paths, "gitea_token": SecretStr(told["gitea_token"])})


@pytest.fixture
def owner(here: Stage) -> Membership:
    """Of a new Organization with the plan M."""
    catalog.seed()
    slug = f"o{uuid.uuid4().hex[:8]}"
    made = organizations.create(name="Acme", owner_email=f"owner@{slug}.example", slug=slug)
    quotas.set_plan(organization_id=made.pk, plan="m", limits=Limits(4, 8192, 50), actor="tests")
    return Membership.objects.select_related("organization").get(organization=made)


TOPICS = (journal.TOPIC, journal.ORGANIZATION_TOPIC, journal.PEOPLE_TOPIC, hooks.TOPIC)


def all_kept() -> bool:
    """Of what was promised to Git and the cluster."""
    assert tasks, "the handlers are registered"
    return not OutboxItem.objects.filter(done_at__isnull=True, topic__in=TOPICS).exists()


def work_to(app: App, step: str) -> None:
    """Be the worker, until this step is the next."""
    held = take(f"franchise:app:{app.pk}", holder="tests")
    assert held is not None
    with connections.gitea() as gitea, connections.cluster() as cluster:
        while app.changes.get().step != step:
            worker.once(app.pk, held, gitea, cluster)
    held.release()


def work_until(done: Callable[[], Any], *, seconds: float = 120.0) -> None:
    """Be the worker: keep promises and follow what is due, as every round does."""
    from tests.integration.franchise.applications.stage import patiently

    def round_() -> Any:
        outbox.drain()
        for app_id in worker.due():
            worker.follow(app_id=app_id)
        return done()

    patiently(round_, seconds=seconds)
