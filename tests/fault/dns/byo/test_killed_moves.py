"""SIGKILL of the worker in every step of a domain's way here and back, before it and after it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now

from catalyst.work.models import LeaseRow
from dns.byo import machine, services
from dns.byo.models import DomainMove, MoveState
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.integration.dns.byo.conftest import (  # noqa: F401
    server,
    stage,
    swept,
    trust,
    whole_stage,
)
from tests.integration.dns.byo.moving import Moving, begin, forget, live
from tests.integration.dns.registrars.stage import OURS, Stage, until

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[4]


class Killer:
    """Workers in processes of their own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def follow(self, moving: Moving, step: str = "-", when: str = "-") -> bool:
        """One look; true when the process was killed in it."""
        assert self.process.stdin and self.process.stdout
        DomainMove.objects.filter(pk=moving.move_id, next_poll_at__isnull=False).update(
            next_poll_at=Now()
        )
        self.process.stdin.write(f"{moving.move_id} {step} {when}\n")
        self.process.stdin.flush()
        killed = self.process.stdout.readline().strip() == "killed"
        # Its lease has run out by the time that another worker comes.
        LeaseRow.objects.update(expires_at=Now())
        return killed

    def killed_in(self, moving: Moving, steps: tuple[str, ...]) -> None:
        """At each step of the way a kill before it and a kill after it."""
        for step in steps:
            for when in ("before", "after"):
                until(lambda step=step, when=when: self._reach(moving, step, when))

    def _reach(self, moving: Moving, step: str, when: str) -> bool:
        assert moving.status.state != MoveState.FAILED, moving.status.problem
        forget(moving.move_id, 600)
        return self.follow(moving, step, when)


@pytest.fixture
def killer() -> Iterator[Killer]:
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fault.dns.byo.child", name],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "catalyst.settings.embedded"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        yield Killer(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_given_a_kill_in_every_step_then_the_domain_comes_whole_and_goes_back_whole(
    stage: Stage,  # noqa: F811
    server: PowerDns,  # noqa: F811
    killer: Killer,
) -> None:
    customer = live(stage, "ovh", quiet=True, signed=True, more={"ttl": 1})
    old = stage.delegation(customer), stage.delegation(customer, "DS")
    moving = begin(stage, customer, mode="registrar")

    killer.killed_in(moving, machine.FORWARD)
    until(lambda: killer.follow(moving) or moving.status.state == "active")

    assert stage.delegation(customer) == list(OURS)
    zone = server.zone(customer.name)
    assert zone is not None and zone.account == mark(moving.move_id)
    assert server.owner(customer.name) == str(moving.move_id)
    [key] = server.keys(customer.name)
    assert stage.delegation(customer, "DS") == list(key.sha256_ds)
    assert moving.row.snapshot["ns"] == old[0] and moving.row.snapshot["ds"] == old[1]

    services.restore(
        move_id=moving.move_id,
        actor="test",
        confirm=customer.name,
        credentials=customer.credentials,
    )
    back, _ = machine.STEPS[MoveState.RESTORING]
    killer.killed_in(moving, back)
    until(lambda: killer.follow(moving) or moving.status.state == "restored")

    assert (stage.delegation(customer), stage.delegation(customer, "DS")) == old
    assert server.zone(customer.name) is None
