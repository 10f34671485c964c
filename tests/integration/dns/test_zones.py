"""Zones that were there before: ours is adopted, a stale one scrubbed, a foreign one left alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.db.models.functions import Now

from dns.pools import plan, services, worker
from dns.pools.bootstrap import bootstrap
from dns.pools.models import Allocation
from dns.powerdns.client import PowerDns, Unavailable
from dns.powerdns.records import RRset, mark
from dns.powerdns.zone import apex
from tests.integration.dns.asking import POOL, resolved
from tests.integration.dns.conftest import commit, removed, sync

pytestmark = pytest.mark.django_db
NAMESERVERS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")


def evil(fqdn: str) -> RRset:
    return RRset(f"evil.{fqdn}.", "A", ("88.99.66.6",), 300)


@pytest.mark.parametrize("account", ["", "somebody", "catalyst:AAAAAAAAAAAAAAAAAAAAAA"])
def test_given_a_foreign_zone_when_synced_then_refused_untouched_and_shown(
    reserve, server: PowerDns, account: str
) -> None:
    held = reserve()
    sets = [*apex(held.fqdn, nameservers=NAMESERVERS), evil(held.fqdn)]
    server.create_zone(held.fqdn, account=account, rrsets=sets)
    before, keys = server.rrsets(held.fqdn), server.keys(held.fqdn)
    status = sync(held)
    assert status.dns_phase == "pending" and status.last_error.startswith("foreign-zone: ")
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    assert sync(held).state == "released"
    assert (server.rrsets(held.fqdn), server.keys(held.fqdn)) == (before, keys)
    assert server.rrsets(POOL, name=held.fqdn) == ()


def test_given_a_delegation_elsewhere_when_synced_then_it_is_not_overwritten(
    reserve, server: PowerDns
) -> None:
    held = reserve()
    theirs = RRset(f"{held.fqdn}.", "NS", ("ns.example.com.",), 300)
    server.write(POOL, [theirs])
    assert sync(held).last_error.startswith("foreign-zone: ")
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    assert sync(held).state == "released"
    assert server.rrsets(POOL, name=held.fqdn) == (theirs,)


def test_given_a_pool_without_a_zone_when_a_name_is_wanted_then_it_says_so_and_waits_for_it(
    own_pool: str, server: PowerDns
) -> None:
    server.delete_zone(own_pool)
    held = services.reserve(
        pool=own_pool, label="early", owner="deployment:1", actor="test", idempotency_key="1"
    )
    status = sync(held)
    assert status.last_error.startswith("parent-missing: ") and status.dns_phase == "pending"
    assert server.zone(held.fqdn) is None
    bootstrap(
        server=server,
        pool_domains=[own_pool],
        nameservers=settings.CATALYST.nameservers,
        addresses=settings.CATALYST.nameserver_addresses,
    )
    assert sync(held).settled
    server.delete_zone(own_pool)
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    assert sync(held).state == "released", "nobody can believe in a DS that is nowhere"


def test_given_a_plan_when_the_act_is_done_then_the_zone_is_as_it_said(
    reserve, server: PowerDns, address: str
) -> None:
    def both() -> uuid.UUID:
        held = reserve()
        commit(held, address)
        return held.allocation_id

    planned = {(one.zone, one.name, one.type): one for one in plan.of(both).rrsets}
    held = reserve()
    commit(held, address)
    assert sync(held).settled
    for zone in (POOL, held.fqdn):
        for one in server.rrsets(zone, name=None if zone == held.fqdn else held.fqdn):
            said = planned[zone, one.name, one.type]
            assert said.ttl == one.ttl
            if one.type == "SOA":  # the serial is PowerDNS' to count
                assert said.records[0].split()[3:] == one.contents[0].split()[3:]
            elif one.type != "DS":
                assert set(said.records) == set(one.contents)


def test_given_our_own_half_made_zone_when_synced_then_adopted_with_its_key(
    reserve, server: PowerDns
) -> None:
    held = reserve()
    sets = apex(held.fqdn, nameservers=NAMESERVERS)
    server.create_zone(held.fqdn, account=mark(held.allocation_id), rrsets=sets)
    keys = server.keys(held.fqdn)
    assert sync(held).settled
    assert server.keys(held.fqdn) == keys


def test_given_our_own_zone_without_a_key_when_synced_then_signed(
    reserve, server: PowerDns, settings
) -> None:
    held = reserve()
    sets = apex(held.fqdn, nameservers=NAMESERVERS)
    server.create_zone(held.fqdn, account=mark(held.allocation_id), rrsets=sets)
    (key,) = server.keys(held.fqdn)
    env = settings.CATALYST
    httpx.delete(
        f"{env.powerdns_url}/api/v1/servers/localhost/zones/{held.fqdn}./cryptokeys/{key.id}",
        headers={"X-API-Key": env.powerdns_api_key.get_secret_value()},
    ).raise_for_status()
    assert server.keys(held.fqdn) == ()
    assert sync(held).settled
    assert len(server.keys(held.fqdn)) == 1


def test_dns_t9_given_an_earlier_holders_zone_when_the_name_is_taken_over_then_nothing_is_inherited(
    reserve, server: PowerDns, address: str
) -> None:
    old = reserve()
    sync(old)
    server.write(old.fqdn, [evil(old.fqdn)])
    old_keys = server.keys(old.fqdn)
    Allocation.objects.filter(pk=old.allocation_id).update(expires_at=Now() - timedelta(seconds=1))
    new = reserve(owner="deployment:2")
    commit(new, address)
    assert not sync(new).settled
    stale = server.zone(old.fqdn)
    assert stale is not None and stale.account == mark(old.allocation_id)
    assert {one.type for one in server.rrsets(POOL, name=old.fqdn)} == {"NS"}, "DS out first"
    assert removed(new).settled
    zone = server.zone(new.fqdn)
    assert zone is not None and zone.account == mark(new.allocation_id)
    sets = {(rrset.name, rrset.type) for rrset in server.rrsets(new.fqdn)}
    assert (f"evil.{new.fqdn}.", "A") not in sets and len(sets) == 8
    (key,), (old_key,) = server.keys(new.fqdn), old_keys
    assert key.ds != old_key.ds
    in_parent = {rrset.type: rrset.contents for rrset in server.rrsets(POOL, name=new.fqdn)}
    assert in_parent["DS"] == key.sha256_ds
    assert resolved(f"console.{new.fqdn}") == ("NOERROR", True, [address])
    # A late look at the old allocation must not harm the new holder.
    worker.sync(allocation_id=old.allocation_id)
    assert server.zone(new.fqdn) == zone


def test_given_no_name_servers_when_synced_then_the_row_says_so_and_a_later_look_finishes(
    reserve, address: str, settings
) -> None:
    held = reserve()
    commit(held, address)
    real = settings.CATALYST
    settings.CATALYST = real.model_copy(update={"powerdns_url": "http://127.0.0.1:9"})
    status = sync(held)
    assert status.last_error.startswith(f"{Unavailable.type}: ") and status.attempts == 1
    assert not worker.sync_due(), "the next attempt is due later, not at once"
    settings.CATALYST = real
    Allocation.objects.update(next_attempt_at=Now())
    assert worker.sync_due() == 1
    after = services.status(allocation_id=held.allocation_id)
    assert after.settled and not after.last_error and not after.attempts


def test_given_the_api_key_when_the_server_refuses_or_fails_then_it_is_in_no_log(
    reserve, settings, caplog: pytest.LogCaptureFixture
) -> None:
    held = reserve()
    key = settings.CATALYST.powerdns_api_key.get_secret_value()
    settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": "http://127.0.0.1:9"})
    with caplog.at_level("DEBUG"):
        sync(held)
    assert caplog.records and key not in caplog.text
    assert key not in services.status(allocation_id=held.allocation_id).last_error


def test_given_one_row_that_cannot_settle_when_due_then_the_others_do(
    reserve, server: PowerDns
) -> None:
    blocked = reserve()
    server.create_zone(
        blocked.fqdn, account="somebody", rrsets=apex(blocked.fqdn, nameservers=NAMESERVERS)
    )
    other = f"{blocked.fqdn.split('.')[0]}b"
    fine = reserve(label=other, idempotency_key="2")
    worker.sync_due()
    assert services.status(allocation_id=fine.allocation_id).settled
    assert not services.status(allocation_id=blocked.allocation_id).settled
    services.release(allocation_id=fine.allocation_id, token=fine.token, actor="test")
    assert removed(fine).state == "released"
