"""The worker against a PowerDNS that loses answers, and zones that are marked by others."""

from __future__ import annotations

import itertools
import time

import pytest
from django.db.models.functions import Now

from catalyst.work.leases import take
from catalyst.work.models import LeaseRow
from dns.pools import services, worker
from dns.pools.models import Allocation, AllocationEvent
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, mark
from dns.powerdns.zone import apex
from tests.integration.dns.asking import POOL, nameserver, reply
from tests.integration.dns.conftest import commit, sync, ttl_passes
from tests.integration.dns.toll import Lost, Passage, Toll

pytestmark = pytest.mark.django_db
NAMESERVERS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")


def once(method: str, path: str, act) -> object:
    """A rule for the first request of this kind."""
    done: list[Passage] = []

    def rule(passage: Passage) -> None:
        if not done and passage.method == method and passage.path.startswith(path):
            done.append(passage)
            act(passage)

    return rule


def lose_the_answer(passage: Passage) -> None:
    passage.forward()
    raise Lost


def say_503_after_doing_it(passage: Passage) -> None:
    passage.forward()
    passage.fail()


@pytest.mark.parametrize("fault", [lose_the_answer, say_503_after_doing_it])
def test_dns_t8_given_a_zone_that_was_made_and_an_answer_that_was_lost_then_it_is_adopted(
    reserve, server: PowerDns, toll: Toll, fault
) -> None:
    held = reserve()
    toll.rule = once("POST", "/zones", fault)
    worker.sync(allocation_id=held.allocation_id)
    first = server.keys(held.fqdn)
    assert len(first) == 1, "it was made, whatever our client heard"
    Allocation.objects.update(next_attempt_at=Now())
    assert sync(held).settled
    assert server.keys(held.fqdn) == first
    zone = server.zone(held.fqdn)
    assert zone is not None and zone.account == mark(held.allocation_id)
    assert server.owner(held.fqdn) == str(held.allocation_id)


def test_dns_t8_given_a_foreign_zone_of_that_name_when_the_answer_is_lost_then_it_is_refused(
    reserve, server: PowerDns, toll: Toll
) -> None:
    held = reserve()

    def somebody_is_faster(passage: Passage) -> None:
        sets = apex(held.fqdn, nameservers=NAMESERVERS)
        server.create_zone(held.fqdn, account="somebody", rrsets=sets)
        raise Lost

    toll.rule = once("POST", "/zones", somebody_is_faster)
    sync(held)
    before = server.rrsets(held.fqdn), server.keys(held.fqdn)
    Allocation.objects.update(next_attempt_at=Now())
    status = sync(held)
    assert status.last_error.startswith("foreign-zone: ") and not status.settled
    assert (server.rrsets(held.fqdn), server.keys(held.fqdn)) == before
    assert server.rrsets(POOL, name=held.fqdn) == ()


def test_given_a_zone_whose_metadata_name_another_when_synced_then_it_is_foreign(
    reserve, server: PowerDns
) -> None:
    held = reserve()
    sets = apex(held.fqdn, nameservers=NAMESERVERS)
    server.create_zone(held.fqdn, account=mark(held.allocation_id), rrsets=sets)
    server.set_owner(held.fqdn, "somebody")
    assert sync(held).last_error.startswith("foreign-zone: ")


def test_given_ns_and_ds_when_a_name_is_delegated_then_both_came_in_one_write(
    reserve, toll: Toll
) -> None:
    sync(reserve())
    assert toll.passed[f"PATCH /zones/{POOL}."] == 1


def test_given_a_release_when_its_ttl_is_not_over_then_only_the_ds_is_out(
    published, server: PowerDns
) -> None:
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    assert sync(published).state == "releasing"
    (row,) = Allocation.objects.all()
    assert row.ds_removed_at is not None and row.next_attempt_at > row.ds_removed_at
    assert worker.sync_due() == 0, "the row says when to look again"
    assert sync(published).state == "releasing", "a look too early changes nothing"
    assert {rrset.type for rrset in server.rrsets(POOL, name=published.fqdn)} == {"NS"}
    assert server.zone(published.fqdn) is not None
    ttl_passes()
    assert worker.sync_due() == 1
    assert services.status(allocation_id=published.allocation_id).state == "released"
    kinds = list(AllocationEvent.objects.values_list("kind", flat=True))
    assert kinds[-3:] == ["releasing", "ds-removed", "released"]


def test_given_a_ds_that_somebody_puts_back_while_waiting_then_the_wait_starts_again(
    published, server: PowerDns
) -> None:
    (ds,) = [one for one in server.rrsets(POOL, name=published.fqdn) if one.type == "DS"]
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    sync(published)
    server.write(POOL, [ds])
    ttl_passes()
    assert sync(published).state == "releasing"
    assert {rrset.type for rrset in server.rrsets(POOL, name=published.fqdn)} == {"NS"}
    ttl_passes()
    assert sync(published).state == "released"


def test_given_a_strange_record_in_a_zone_of_ours_when_synced_then_it_goes_and_challenges_stay(
    published, server: PowerDns
) -> None:
    evil = RRset(f"evil.{published.fqdn}.", "A", ("88.99.66.6",), 300)
    proof = RRset(f"_acme-challenge.{published.fqdn}.", "TXT", (f'"{"a" * 43}"',), 1)
    server.write(published.fqdn, [evil, proof])
    sync(published)
    sets = server.rrsets(published.fqdn)
    assert evil not in sets and proof in sets


def test_given_writes_one_after_the_other_when_the_soa_is_asked_for_then_its_serial_grew_each_time(
    reserve, address: str, server: PowerDns
) -> None:
    held = reserve()
    sync(held)
    serials = [serial(held.fqdn)]
    commit(held, address)
    sync(held)
    serials.append(serial(held.fqdn))
    for number in range(3):
        record = RRset(f"n{number}.{held.fqdn}.", "A", ("88.99.1.1",), 300)
        server.write(held.fqdn, [record])
        serials.append(serial(held.fqdn))
    assert all(one < two for one, two in itertools.pairwise(serials)), serials
    soa = reply(nameserver(), held.fqdn, "SOA").answer[0][0]
    assert (soa.mname.to_text(), soa.rname.to_text()) == (
        "ns1.openova.io.",
        "hostmaster.openova.io.",
    )


def serial(fqdn: str) -> int:
    return int(reply(nameserver(), fqdn, "SOA").answer[0][0].serial)


@pytest.mark.django_db(transaction=True)
def test_given_a_worker_that_lost_its_lease_when_it_goes_on_then_it_writes_nothing(
    reserve, server: PowerDns, toll: Toll
) -> None:
    held = reserve()

    def another_takes_over(passage: Passage) -> None:
        LeaseRow.objects.update(expires_at=Now())
        end = time.monotonic() + 5
        while take(LeaseRow.objects.get().subject, holder="another") is None:
            assert time.monotonic() < end

    toll.rule = once("GET", f"/zones/{held.fqdn}.", another_takes_over)
    worker.sync(allocation_id=held.allocation_id)
    assert server.zone(held.fqdn) is None
    assert services.status(allocation_id=held.allocation_id).dns_phase == "pending"
