"""Two workers forced onto one run: the stale one writes nothing, whatever it tries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection

from catalyst.eventlog.services import read
from catalyst.problem import Problem
from catalyst.work.leases import LeaseLost
from catalyst.work.models import LeaseRow
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.provisioning import director
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.tofu import identity
from tests.integration.sovereign_wizard.conftest import (
    person,
    pool,
    ssh_public_key,
    tokens,
)
from tests.integration.sovereign_wizard.provisioning.conftest import make
from tests.integration.sovereign_wizard.provisioning.scripted import phases

__all__ = ["make", "person", "pool", "ssh_public_key", "tokens"]
pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]
SECONDS = 20


class Stuck(Problem):
    type = "stuck"
    title = "The stale one gives up"


class Stale:
    """A worker that stops in the middle of `tofu-apply` until another has finished the run."""

    def __init__(self, deployment: Deployment, answer: Outcome) -> None:
        self.deployment, self.answer = deployment, answer
        self.at_work, self.go_on = threading.Event(), threading.Event()
        self.refused: list[type[BaseException]] = []
        self.thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        try:
            director.advance(self.deployment.pk, phases=phases(tofu_apply=self._apply))
        finally:
            connection.close()

    def _apply(self, ctx: Context) -> Outcome:
        self.at_work.set()
        assert self.go_on.wait(SECONDS)
        ctx.say("the stale one speaks")
        for write in (
            lambda: ctx.remember(stale=True),
            lambda: ctx.beat.held.remember_process(asdict(identity.of(1))),
            ctx.journal.flush,
        ):
            try:
                write()
            except LeaseLost as lost:
                self.refused.append(type(lost))
        return self.answer


def everything(deployment: Deployment) -> dict[str, Any]:
    row = Deployment.objects.filter(pk=deployment.pk).values().get()
    return {
        "row": row,
        "phases": list(deployment.runs.get().phases.values()),
        "spans": list(deployment.spans.values()),
        "log": read(deployment.subject, limit=10_000),
        "process": LeaseRow.objects.get(subject=deployment.subject).process,
    }


@pytest.fixture
def stale(make: Make, request: pytest.FixtureRequest) -> Iterator[Stale]:
    worker = Stale(make(), request.param)
    worker.thread.start()
    assert worker.at_work.wait(SECONDS)
    yield worker
    worker.go_on.set()
    worker.thread.join(SECONDS)


@pytest.mark.parametrize(
    "stale",
    [Done({"stale": True}), Wait("The stale one waits."), Fail(Stuck())],
    ids=["done", "wait", "fail"],
    indirect=True,
)
def test_given_two_workers_forced_onto_one_run_when_the_stale_one_goes_on_then_it_writes_nothing(
    stale: Stale,
) -> None:
    # As after a pause longer than the lease: it is over, and the heartbeat comes too late.
    LeaseRow.objects.filter(subject=stale.deployment.subject).update(
        expires_at="2000-01-01T00:00:00Z"
    )
    director.advance(stale.deployment.pk, phases=phases())
    after_the_other = everything(stale.deployment)
    assert after_the_other["row"]["state"] == State.READY

    stale.go_on.set()
    stale.thread.join(SECONDS)

    assert not stale.thread.is_alive()
    assert stale.refused == [LeaseLost, LeaseLost, LeaseLost]
    assert everything(stale.deployment) == after_the_other
