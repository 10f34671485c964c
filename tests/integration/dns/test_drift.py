"""What the name servers say that no row wants: found, put right within limits, never guessed at."""

from __future__ import annotations

import copy
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

import dns.dnssec
import dns.name
from catalyst.audit.models import AuditEvent
from catalyst.embedded.state import StackState
from catalyst.work.models import OutboxItem
from dns.drift import services as drift
from dns.drift.models import DriftReport
from dns.pools import services
from dns.pools.models import Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, mark
from dns.powerdns.zone import apex, delegation, no_delegation
from tests.integration.dns.asking import nameserver, reply
from tests.integration.dns.conftest import commit, sync
from tests.integration.dns.toll import Toll

pytestmark = pytest.mark.django_db
NAMESERVERS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")


@pytest.fixture
def several(own_pool: str, address: str) -> list[Reservation]:
    """Three published names."""
    held = [
        services.reserve(
            pool=own_pool,
            label=f"name{number}",
            owner="deployment:1",
            actor="test",
            idempotency_key=str(number),
        )
        for number in (1, 2, 3)
    ]
    for one in held:
        commit(one, address)
        assert sync(one).settled
    return held


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


@pytest.mark.slow
def test_given_1000_names_when_looked_at_then_the_list_is_read_once_and_each_zone_once(
    own_pool: str, several: list[Reservation], toll: Toll
) -> None:
    copied = copies(Allocation.objects.get(pk=several[0].allocation_id), 1000)
    toll.passed.clear()
    report = drift.report(repair=False)
    assert report.findings == [] and report.zones == 1 + len(several) + 1000
    assert toll.passed.pop("GET /zones") == 1
    names = {own_pool, *(one.fqdn for one in several), *copied}
    assert toll.passed == {
        **{f"GET /zones/{name}.": 1 for name in names},
        **{f"GET /zones/{name}./cryptokeys": 1 for name in names - {own_pool}},
    }


def copies(row: Allocation, count: int) -> list[str]:
    """The row, its zone with its key, and its delegation, so many times under other names.

    Written into PowerDNS' own database, because a thousand calls of its API take a minute.
    """
    rows = []
    for number in range(count):
        one = Allocation.objects.get(pk=row.pk) if not rows else copy.copy(rows[0])
        one.pk, one.label, one.skeleton = uuid.uuid4(), f"copy{number}", f"copy{number}"
        one.fqdn = f"{one.label}.{row.pool.domain}"
        one.acme_username, one.idempotency_key = uuid.uuid4(), one.label
        rows.append(one)
    Allocation.objects.bulk_create(rows)
    path = StackState.load().state_dir / "powerdns" / "zones.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        ids = dict(database.execute("SELECT name, id FROM domains"))
        old, parent = ids[row.fqdn], ids[row.pool.domain]
        (ds,) = database.execute(
            "SELECT ttl FROM records WHERE domain_id = ? AND name = ? AND type = 'DS'",
            (parent, row.fqdn),
        ).fetchone()
        for one in rows:
            database.execute(
                "INSERT INTO domains (name, type, account) VALUES (?, 'NATIVE', ?)",
                (one.fqdn, mark(one.pk)),
            )
            (new,) = database.execute("SELECT last_insert_rowid()").fetchone()
            database.execute(
                "INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, auth)"
                " SELECT ?, replace(name, ?, ?), type, content, ttl, prio, disabled, auth"
                " FROM records WHERE domain_id = ?",
                (new, row.fqdn, one.fqdn, old),
            )
            database.execute(
                "INSERT INTO cryptokeys (domain_id, flags, active, published, content)"
                " SELECT ?, flags, active, published, content FROM cryptokeys WHERE domain_id = ?",
                (new, old),
            )
    template = reply(nameserver(), row.fqdn, "DNSKEY").answer[0][0]
    wanted = []
    for one in rows:
        # The digest covers the name (RFC 4034 §5.1.4), so each has its own.
        name = dns.name.from_text(one.fqdn)
        digest = dns.dnssec.make_ds(name, template, "SHA256").to_text(chunksize=0)
        wanted += delegation(one.fqdn, nameservers=NAMESERVERS, ds=[digest], ds_ttl=ds)
    with PowerDns.from_settings() as server:
        server.write(row.pool.domain, wanted)
    return [one.fqdn for one in rows]
