"""A domain that a person moves by hand, from the first look to the day after."""

from __future__ import annotations

import pytest

from dns.byo import services
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from tests.integration.dns.byo.moving import begin, live, prove
from tests.integration.dns.registrars.stage import OURS, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]


def test_given_a_quiet_domain_when_moved_by_hand_then_each_thing_is_asked_for_in_turn(
    stage: Stage, server: PowerDns, address: str
) -> None:
    customer = live(stage, "namecheap", quiet=True)
    moving = begin(stage, customer)

    status = moving.until("preparing", needs="txt")
    assert not server.zone(customer.name), "no zone before anybody has proven anything"
    assert moving.panel.challenge is not None

    prove(moving)
    moving.until("pending_flip", needs="ns")
    zone = server.zone(customer.name)
    assert zone is not None and zone.account == mark(moving.move_id) and zone.signed
    assert not moving.status.delegated
    [told] = moving.panel.instructions
    assert told.values == OURS

    moving.point_here()
    status = moving.until("delegated", "active")
    assert status.delegated and stage.delegation(customer) == list(OURS)

    services.commit(move_id=moving.move_id, address_v4=address, actor="test")
    assert not moving.status.settled
    moving.look()
    assert moving.status.settled
    assert services.prove(move_id=moving.move_id).ok

    moving.until("active")
    assert moving.panel.ds and moving.panel.needs == ("ds-add",)
