"""What the name servers say that no row wants: found, put right within limits, never guessed at."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalyst.audit.models import AuditEvent
from catalyst.work.models import OutboxItem
from dns.byo.models import DomainMove
from dns.drift import services as drift
from dns.drift.models import DriftReport
from dns.pools import services, worker
from dns.pools.bootstrap import bootstrap
from dns.pools.models import Pool
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, mark
from dns.powerdns.zone import apex, delegation, no_delegation
from tests.integration.dns.asking import nameserver, reply

pytestmark = pytest.mark.django_db
NAMESERVERS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")


@pytest.fixture
def orphan(own_pool: str, server: PowerDns) -> Callable[[], str]:
    """Make a signed and delegated zone as our worker would, for an allocation nobody knows."""

    def make() -> str:
        fqdn = f"o{uuid.uuid4().hex[:10]}.{own_pool}"
        sets = apex(fqdn, nameservers=NAMESERVERS)
        server.create_zone(fqdn, account=mark(uuid.uuid4()), rrsets=sets)
        ds = tuple(ds for key in server.keys(fqdn) for ds in key.sha256_ds)
        server.write(own_pool, delegation(fqdn, nameservers=NAMESERVERS, ds=ds))
        return fqdn

    return make


def above(name: str) -> str:
    return name.partition(".")[2]


def kinds(report: DriftReport, *, of: str) -> set[str]:
    return {one["kind"] for one in report.findings if one["name"] == of}


def test_given_names_as_their_rows_want_when_looked_at_then_nothing_is_found_or_written(
    several: list[Reservation], server: PowerDns
) -> None:
    before = [server.zone(one.fqdn) for one in several]
    report = drift.report()
    assert report.findings == [] and report.zones == 4
    assert [server.zone(one.fqdn) for one in several] == before


def test_given_a_pool_above_a_customers_domain_then_its_zone_is_no_orphan(
    own_pool: str, orphan: Callable[[], str]
) -> None:
    fqdn = orphan()
    assert kinds(drift.report(), of=fqdn) == {"orphan-zone", "orphan-delegation"}
    DomainMove.objects.create(fqdn=fqdn, registrable=own_pool, mode="manual", challenge="x")
    assert kinds(drift.report(), of=fqdn) == set()
    assert drift.remove_orphans(actor="test", force=True) == ()


@pytest.mark.parametrize(
    ("kind", "break_it"),
    [
        ("records", lambda s, f: s.write(f, [RRset(f"api.{f}.", "A", ("88.99.1.2",), 300)])),
        ("records", lambda s, f: s.write(f, [RRset(f"evil.{f}.", "A", ("88.99.1.2",), 300)])),
        ("records", lambda s, f: s.write(f, [RRset(f"harbor.{f}.", "A", (), 300)])),
        ("delegation", lambda s, f: s.write(above(f), no_delegation(f))),
        (
            "delegation",
            lambda s, f: s.write(above(f), [RRset(f"{f}.", "DS", (f"1 13 2 {'ab' * 32}",), 300)]),
        ),
        ("zone-missing", lambda s, f: s.delete_zone(f)),
    ],
)
def test_given_one_name_that_drifted_when_looked_at_then_named_and_put_right(
    several: list[Reservation], server: PowerDns, address: str, kind: str, break_it
) -> None:
    name = several[0].fqdn
    break_it(server, name)
    seen = drift.report(repair=False)
    assert kinds(seen, of=name) == {kind} and not seen.repaired
    assert kinds(drift.report(repair=False), of=name) == {kind}, "a report changes nothing"
    report = drift.report()
    assert (report.repaired, report.refused) == (1, "")
    assert not kinds(drift.report(), of=name)
    assert AuditEvent.objects.filter(act="dns.drift-repaired").count() == 1
    assert {one.type for one in server.rrsets(above(name), name=name)} == {"NS", "DS"}
    # The resolver may have believed the wrong one for its TTL; our servers say the right one.
    assert server.rrsets(name, name=f"api.{name}")[0].contents == (address,)


def test_given_a_third_that_would_change_when_looked_at_then_refused_until_a_person_says_so(
    several: list[Reservation], server: PowerDns
) -> None:
    for one in several:
        wrong = [
            RRset(f"{host}.{one.fqdn}.", "A", ("88.99.1.2",), 300)
            for host in ("api", "console", "gitea", "harbor", "*")
        ]
        server.write(one.fqdn, wrong)
    before = [server.zone(one.fqdn) for one in several]
    report = drift.report()
    assert report.refused and not report.repaired and report.changes == 15
    assert [server.zone(one.fqdn) for one in several] == before
    with pytest.raises(CommandError, match="Nothing was put right"):
        call_command("dns_drift", "--repair", stdout=StringIO())
    out = StringIO()
    call_command("dns_drift", "--repair", "--force", stdout=out)
    assert "3 names put right" in out.getvalue()
    assert not drift.report().findings


def test_given_a_foreign_zone_in_a_names_place_when_looked_at_then_reported_and_left_alone(
    several: list[Reservation], server: PowerDns
) -> None:
    name = several[0].fqdn
    server.delete_zone(name)
    server.create_zone(name, account="somebody", rrsets=apex(name, nameservers=NAMESERVERS))
    before = server.zone(name)
    report = drift.report()
    assert kinds(report, of=name) == {"foreign-zone"} and not report.repaired
    assert server.zone(name) == before


def test_given_a_pool_under_another_pool_when_looked_at_then_it_is_no_orphan(
    several: list[Reservation], server: PowerDns
) -> None:
    outer = above(several[0].fqdn)
    inner = f"gov.{outer}"
    *_, made = bootstrap(
        server=server,
        pool_domains=[inner],
        nameservers=NAMESERVERS,
        addresses=settings.CATALYST.nameserver_addresses,
    )
    server.write(outer, delegation(inner, nameservers=NAMESERVERS, ds=made.ds))
    before = server.rrsets(outer, name=inner)
    assert drift.report().findings == []
    assert drift.remove_orphans(actor="test") == ()
    Pool.objects.filter(domain=inner).delete()
    assert drift.report().findings == [], "its zone still says whose it is"
    drift.finish_orphan(name=inner)
    assert server.rrsets(outer, name=inner) == before and server.zone(inner) is not None


def test_given_a_pool_whose_zone_is_gone_when_looked_at_then_it_is_named_and_the_rest_compared(
    own_pool: str, several: list[Reservation], orphan: Callable[[], str], server: PowerDns
) -> None:
    lost = orphan()
    server.write(several[0].fqdn, [RRset(f"api.{several[0].fqdn}.", "A", ("88.99.1.2",), 300)])
    server.delete_zone(own_pool)
    report = drift.report()
    assert {(one["name"], one["kind"]) for one in report.findings} == {
        (own_pool, "pool-missing"),
        (several[0].fqdn, "records"),
        (lost, "orphan-zone"),
    }
    assert report.repaired == 1
    assert drift.remove_orphans(actor="test") == (lost,)
    drift.finish_orphan(name=lost)
    assert server.zone(lost) is None


def test_given_a_busy_name_when_looked_at_then_it_is_left_to_its_worker(
    own_pool: str, server: PowerDns
) -> None:
    held = services.reserve(
        pool=own_pool, label="busy", owner="deployment:1", actor="test", idempotency_key="1"
    )
    sets = apex(held.fqdn, nameservers=NAMESERVERS)
    server.create_zone(held.fqdn, account=mark(held.allocation_id), rrsets=sets)
    assert not kinds(drift.report(), of=held.fqdn)
    assert server.rrsets(own_pool, name=held.fqdn) == ()


def test_dns_t20_given_a_restored_database_when_looked_at_then_orphans_are_listed_and_kept(
    several: list[Reservation], orphan: Callable[[], str], server: PowerDns, address: str
) -> None:
    """Rows newer than the backup are gone: their zones belong to somebody all the same."""
    lost = [orphan() for _ in range(8)]
    report = drift.report()
    for name in lost:
        assert kinds(report, of=name) == {"orphan-zone", "orphan-delegation"}
    assert all(server.zone(name) for name in lost)
    with pytest.raises(drift.TooMuch):
        drift.remove_orphans(actor="test")
    with pytest.raises(CommandError, match="backup"):
        call_command("dns_drift", "--remove-orphans", stdout=StringIO())
    assert all(server.zone(name) for name in lost)
    assert all(server.rrsets(above(name), name=name) for name in lost)
    for one in several:
        assert reply(nameserver(), f"api.{one.fqdn}", "A").answer[0][0].address == address


def test_given_one_orphan_when_a_person_removes_it_then_ds_first_and_the_rest_after_its_ttl(
    own_pool: str, several: list[Reservation], orphan: Callable[[], str], server: PowerDns
) -> None:
    name = orphan()
    theirs = RRset(f"theirs.{own_pool}.", "NS", ("ns.example.com.",), 300)
    server.write(own_pool, [theirs])
    assert drift.remove_orphans(actor="test") == (name,)
    assert {one.type for one in server.rrsets(above(name), name=name)} == {"NS"}
    assert server.zone(name) is not None
    item = OutboxItem.objects.get(topic="dns.orphan", key=name)
    assert item.available_at > item.created_at + timedelta(seconds=2)
    drift.finish_orphan(name=name)
    assert server.zone(name) is None and server.rrsets(above(name), name=name) == ()
    assert server.rrsets(own_pool, name=theirs.name) == (theirs,), "somebody else's stays"


def test_given_an_orphan_that_got_an_owner_meanwhile_when_finished_then_it_stays(
    several: list[Reservation], server: PowerDns
) -> None:
    drift.finish_orphan(name=several[0].fqdn)
    assert server.zone(several[0].fqdn) is not None


def test_given_an_orphan_a_worker_is_busy_with_when_removed_or_finished_then_it_stays(
    own_pool: str, several: list[Reservation], orphan: Callable[[], str], server: PowerDns
) -> None:
    """As when somebody takes the name after the look: its worker is the only one at it."""
    name = orphan()
    pool = Pool.objects.get(domain=own_pool)
    held = worker.hold(pool_id=pool.pk, label=name.partition(".")[0])
    assert held is not None
    before = server.rrsets(own_pool, name=name)
    assert drift.remove_orphans(actor="test") == ()
    with pytest.raises(drift.Busy):
        drift.finish_orphan(name=name)
    assert server.rrsets(own_pool, name=name) == before and server.zone(name) is not None
    held.release()
    drift.finish_orphan(name=name)
    assert server.rrsets(own_pool, name=name) == () and server.zone(name) is None
