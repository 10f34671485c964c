"""A code, and all that comes of it, while workers die: everything comes to be, and once only."""

from __future__ import annotations

import os
import random
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import yaml
from django.db import connection

from catalyst.work.models import OutboxItem
from franchise.applications.models import App, Change
from franchise.billing.orders.models import Order
from franchise.catalog import services as catalog
from franchise.gitea import commits
from franchise.ledger import services as ledger
from franchise.ledger.models import Grant
from franchise.organizations.environments.models import Environment
from franchise.organizations.models import Membership, Organization
from franchise.redeem import services as redeem
from franchise.vouchers.models import Redemption
from tests.integration.franchise.applications.conftest import all_kept, work_until
from tests.integration.franchise.applications.stage import Stage
from tests.integration.franchise.applications.test_redeemed import use, worth
from tests.integration.franchise.applications.workers import WORK, on_stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]
ROUNDS = int(os.environ.get("CATALYST_SAGA_ROUNDS", "5"))
SEED = int(os.environ.get("CATALYST_SAGA_SEED", "1"))
KILLS, WORDS = 3, 60
MANY, WORKERS = 20, 2


def redeemed(name: str) -> redeem.Redeemed:
    return use(
        worth(12_345),
        email=f"{uuid.uuid4().hex[:8]}@saga.example",
        organization_name=name,
        idempotency_key=name,
    )


def once(here: Stage, count: int) -> None:
    """Each redemption has one Organization, Environment, grant, order, App and commit, and no more
    is anywhere."""
    for model in (Redemption, Organization, Environment, Membership, Order, App, Change):
        assert model.objects.count() == count, model
    assert set(Redemption.objects.values_list("organization_id", flat=True)) == set(
        Organization.objects.values_list("pk", flat=True)
    )
    assert Grant.objects.count() == count and not ledger.check()
    assert all_kept(), list(OutboxItem.objects.filter(done_at__isnull=True).values())
    for app in App.objects.select_related("organization"):
        slug = app.organization.slug
        (only,) = commits.history(here.gitea, f"{slug}/radicale", branch="main")
        assert (only.sha, app.state) == (app.commit, "ready")
        source = here.object("gitrepository", app.label, "catalyst-apps")
        assert source["spec"]["url"].endswith(f"/{slug}/radicale.git")
    listed = commits.read(here.gitea, "system/catalyst-config", "kustomization.yaml", ref="main")
    places = yaml.safe_load(listed or "")["resources"]
    for slug in Organization.objects.values_list("slug", flat=True):
        assert places.count(f"organizations/{slug}") == 1


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_given_workers_killed_at_any_word_when_a_code_is_redeemed_then_all_is_there_once(
    here: Stage, seed: int
) -> None:
    catalog.seed()
    chance = random.Random(seed)
    redeemed(f"Saga {uuid.uuid4().hex[:8]}")
    for _ in range(KILLS):
        asked = {"at": chance.randint(1, WORDS), "after": chance.random() < 0.5, "seconds": 60}
        with on_stage(here, WORK, asked) as killed:
            assert killed.popen.wait(90) in (-signal.SIGKILL, 0)
    work_until(lambda: App.objects.get().state == "ready" and all_kept())
    once(here, 1)


def test_given_twenty_codes_redeemed_at_once_when_worked_off_then_all_are_ready(
    here: Stage,
) -> None:
    catalog.seed()
    run = uuid.uuid4().hex[:6]

    def one(number: int) -> int:
        try:
            return redeemed(f"Many {run} {number}").redemption_id
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as clients:
        made = list(clients.map(one, range(MANY)))
    with ExitStack() as ends:
        for _ in range(WORKERS):
            ends.enter_context(on_stage(here, WORK, {"at": 0, "after": False, "seconds": 400}))
        work_until(
            lambda: all(redeem.status(each).state == "ready" for each in made) and all_kept(),
            seconds=400,
        )
    once(here, MANY)
