"""From a free name to a published one and back, on the real name servers, secure at every step."""

from __future__ import annotations

import pytest

import dns.flags
import dns.rcode
from dns.delegation.proof import prove
from dns.pools import services
from dns.pools.models import AllocationEvent
from dns.pools.problems import NotPublished
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, mark
from tests.integration.dns.asking import POOL, nameserver, reply, resolved, validate_chain
from tests.integration.dns.conftest import commit, removed, sync

pytestmark = pytest.mark.django_db


def anchor(server: PowerDns) -> tuple[str, ...]:
    return tuple(ds for key in server.keys(POOL) for ds in key.sha256_ds)


def test_given_a_free_name_when_reserved_then_a_signed_marked_zone_is_delegated(
    reserve, server: PowerDns
) -> None:
    held = reserve()
    assert sync(held).dns_phase == "delegated"
    zone = server.zone(held.fqdn)
    assert zone is not None and zone.account == mark(held.allocation_id)
    (key,) = server.keys(held.fqdn)
    assert (key.kind, key.algorithm, key.active) == ("csk", "ECDSAP256SHA256", True)
    in_parent = {rrset.type: rrset.contents for rrset in server.rrsets(POOL, name=held.fqdn)}
    assert in_parent == {
        "NS": ("ns1.openova.io.", "ns2.openova.io.", "ns3.openova.io."),
        "DS": key.sha256_ds,
    }
    soa = validate_chain(held.fqdn, "SOA", zone=held.fqdn, anchor=anchor(server))
    assert soa[0].startswith("ns1.openova.io. hostmaster.openova.io.")


def test_given_a_reserved_name_when_committed_then_six_names_answer_securely(
    reserve, address: str, server: PowerDns
) -> None:
    held = reserve()
    sync(held)
    commit(held, address)
    assert sync(held).settled
    for host in ("", "anything.", "console.", "api.", "gitea.", "harbor."):
        assert validate_chain(f"{host}{held.fqdn}", "A", zone=held.fqdn, anchor=anchor(server)) == [
            address
        ]
        assert resolved(f"{host}{held.fqdn}") == ("NOERROR", True, [address])


def test_given_ipv6_too_when_committed_then_aaaa_besides(reserve, address: str) -> None:
    held = reserve()
    commit(held, address, address_v6="2A01:4f8:0::1")
    sync(held)
    assert resolved(f"console.{held.fqdn}", "AAAA") == ("NOERROR", True, ["2a01:4f8::1"])


def test_given_a_published_name_when_proved_then_every_server_parent_and_resolver_are_asked(
    published: Reservation, address: str
) -> None:
    proof = prove(allocation_id=published.allocation_id)
    assert proof.ok, [one for one in proof.evidence if not one.ok]
    asked = {(one.server, one.question.split()[-1]) for one in proof.evidence}
    assert len([one for one in asked if one[1] == "DS"]) == 3
    assert sum(one.answer == address for one in proof.evidence) == 4 * 6


def test_given_one_wrong_record_when_proved_then_the_evidence_names_it(
    published: Reservation, server: PowerDns
) -> None:
    name = f"harbor.{published.fqdn}."
    server.write(published.fqdn, [RRset(name, "A", ("88.99.1.2",), 300)])
    proof = prove(allocation_id=published.allocation_id)
    assert not proof.ok
    assert {one.question for one in proof.evidence if not one.ok} == {f"{name[:-1]} A"}


def test_given_a_ds_of_another_key_when_proved_then_refused(
    published: Reservation, server: PowerDns
) -> None:
    wrong = f"12345 13 2 {'ab' * 32}"
    server.write(POOL, [RRset(f"{published.fqdn}.", "DS", (wrong,), 300)])
    proof = prove(allocation_id=published.allocation_id)
    bad = [one for one in proof.evidence if not one.ok]
    assert {one.question for one in bad} >= {f"{published.fqdn} DS"}


def test_given_no_ds_in_the_parent_when_proved_then_the_resolvers_answers_are_not_enough(
    published: Reservation, server: PowerDns, settings
) -> None:
    server.write(POOL, [RRset(f"{published.fqdn}.", "DS", (), 300)])
    proof = prove(allocation_id=published.allocation_id)
    bad = {one.problem for one in proof.evidence if one.server == settings.CATALYST.resolver}
    assert not proof.ok and bad == {"the answer is not validated (no AD)"}


def test_given_a_server_that_does_not_answer_when_proved_then_the_evidence_names_it(
    published: Reservation, settings, address: str
) -> None:
    env = settings.CATALYST
    servers = (*env.nameserver_addresses[:2], address)
    settings.CATALYST = env.model_copy(update={"nameserver_addresses": servers})
    proof = prove(allocation_id=published.allocation_id)
    assert {one.server for one in proof.evidence if not one.ok} == {address}


def test_given_a_reservation_when_proved_then_there_is_nothing_to_prove(reserve) -> None:
    with pytest.raises(NotPublished):
        prove(allocation_id=reserve().allocation_id)


def test_given_a_published_name_when_released_then_nothing_of_it_is_left(
    published: Reservation, server: PowerDns
) -> None:
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    ended = removed(published)
    assert (ended.state, ended.dns_phase) == ("released", "gone")
    assert server.zone(published.fqdn) is None
    assert server.rrsets(POOL, name=published.fqdn) == ()
    answer = reply(nameserver(), published.fqdn, "A")
    assert dns.rcode.to_text(answer.rcode()) == "NXDOMAIN" and answer.flags & dns.flags.AA
    # Released twice is fine, and the name rests.
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    assert services.check(pool=POOL, label=published.fqdn.split(".")[0]).reason == "quarantined"


def test_given_three_writes_when_the_serial_is_read_then_it_grew_each_time(
    reserve, address: str, server: PowerDns
) -> None:
    def serials() -> tuple[int, int]:
        zone, parent = server.zone(held.fqdn), server.zone(POOL)
        return (zone.serial if zone else 0), (parent.serial if parent else 0)

    before_parent = server.zone(POOL)
    held = reserve()
    sync(held)
    reserved = serials()
    commit(held, address)
    sync(held)
    committed = serials()
    assert before_parent is not None
    assert before_parent.serial < reserved[1] and reserved[0] < committed[0]


def test_given_a_settled_name_when_looked_at_again_then_nothing_is_written(
    published: Reservation, server: PowerDns
) -> None:
    before = server.zone(published.fqdn)
    events = AllocationEvent.objects.count()
    sync(published)
    assert server.zone(published.fqdn) == before
    assert AllocationEvent.objects.count() == events
