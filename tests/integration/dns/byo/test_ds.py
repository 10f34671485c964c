"""DS records through a registrar: asked for once, waited for ever longer, and remembered."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from catalyst.work.clock import database_now
from catalyst.work.steps import Wait
from dns.byo import forward, parent_ds, sealed
from dns.byo.context import Context
from dns.byo.models import DomainMove
from dns.powerdns.client import PowerDns
from tests.integration.dns.asking import nameserver
from tests.integration.dns.byo.moving import begin, brought, live
from tests.integration.dns.registrars.stage import Stage
from tests.integration.internet.running import until

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]


def context(row: DomainMove, server: PowerDns) -> Context:
    return Context(row=row, server=server, ours=nullcontext, now=database_now())


def test_given_a_ds_that_the_registrar_has_then_it_is_not_asked_again_and_rounds_are_counted(
    stage: Stage, server: PowerDns
) -> None:
    moving = brought(stage)
    row, customer = moving.row, moving.customer
    row.credentials_ref = sealed.seal(row.pk, row.registrar, customer.credentials)
    row.rounds = 99

    again = context(row, server)
    waits = parent_ds.put_in(again, row.own_ds, server=nameserver(), done="It has.")
    assert (again.acts, again.lines, again.changes) == ([], [], {"rounds": 100})
    assert waits.reason == "It has." and waits.seconds > 10 * again.pause(1) * 0.8

    row.rounds = 0
    first = context(row, server)
    parent_ds.take_out(first, row.own_ds, done="It is out.")
    assert [act for act, _ in first.acts] == ["ds-removed"]
    # This registrar works it off later, and says so.
    assert first.lines == [("info", "The registrar takes the DS record out.")]
    until(lambda: stage.delegation(customer, "DS") == [])

    row.rounds = 0
    last = context(row, server)
    parent_ds.take_out(last, row.own_ds, done="It is out.")
    assert (last.acts, last.lines) == ([], [("info", "It is out.")])


def test_given_an_old_ds_that_nobody_saw_before_then_it_is_remembered_and_waited_for(
    stage: Stage, server: PowerDns
) -> None:
    customer = live(stage, "ovh", quiet=True, signed=True)
    row = begin(stage, customer).row
    row.snapshot = {"ds": [], "key_ttl": 60}

    there = context(row, server)
    forward.run_old_ds(there)
    assert there.needs == ("ds-remove",)
    assert there.changes["snapshot"]["ds"] == stage.delegation(customer, "DS")

    row.snapshot = there.changes["snapshot"]
    stage.change(customer, signers=[])
    gone = context(row, server)
    assert isinstance(forward.run_old_ds(gone), Wait) and gone.changes["ds_gone_at"] == gone.now
