"""SIGKILL of the worker in every step of a domain's way here and back, before it and after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from catalyst.work.models import LeaseRow
from dns.byo import machine, services
from dns.byo.models import DomainMove, MoveState
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.fault.catalyst.processes import Process, process
from tests.integration.dns.byo.moving import Moving, begin, forget, live
from tests.integration.dns.registrars.stage import OURS, Stage
from tests.integration.internet.running import until

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]
FOLLOWER = "from tests.fault.dns.byo import child; child.serve()"


class Killer:
    """Workers in processes of their own."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def follow(self, moving: Moving, step: str = "-", when: str = "-") -> bool:
        """One look; true when the process was killed in it."""
        DomainMove.objects.filter(pk=moving.move_id, next_poll_at__isnull=False).update(
            next_poll_at=Now()
        )
        self.process.tell(f"{moving.move_id} {step} {when}")
        killed = self.process.line() == "killed"
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
    with process(FOLLOWER) as started:
        assert started.line() == "ready"
        yield Killer(started)


@pytest.mark.slow
def test_given_a_kill_in_every_step_then_the_domain_comes_whole_and_goes_back_whole(
    stage: Stage,
    server: PowerDns,
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
