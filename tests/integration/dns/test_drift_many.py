"""One look at very many names."""

from __future__ import annotations

import copy
import sqlite3
import uuid
from contextlib import closing

import pytest

import dns.dnssec
import dns.name
from catalyst.embedded.state import StackState
from dns.drift import services as drift
from dns.pools.models import Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import mark
from dns.powerdns.zone import delegation
from tests.integration.dns.asking import nameserver, reply
from tests.integration.dns.test_drift import NAMESERVERS
from tests.integration.dns.toll import Toll

pytestmark = pytest.mark.django_db


def test_given_more_findings_than_are_kept_when_written_down_then_all_are_counted(
    own_pool: str, several: list[Reservation]
) -> None:
    row = Allocation.objects.get(pk=several[0].allocation_id)
    count = drift.SHOWN + 1
    Allocation.objects.bulk_create(renamed(row, count))
    report = drift.report(repair=False, force=True)
    assert len(report.findings) == drift.SHOWN
    assert (report.found, report.broken, report.orphaned) == (count, count, 0)


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


def renamed(row: Allocation, count: int) -> list[Allocation]:
    """Rows like this one under other names, not saved."""
    rows = []
    for number in range(count):
        one = copy.copy(row)
        one.pk, one.label, one.skeleton = uuid.uuid4(), f"copy{number}", f"copy{number}"
        one.fqdn = f"{one.label}.{row.pool.domain}"
        one.acme_username, one.idempotency_key = uuid.uuid4(), one.label
        rows.append(one)
    return rows


def copies(row: Allocation, count: int) -> list[str]:
    """The row, its zone with its key, and its delegation, so many times under other names.

    Written into PowerDNS' own database, because a thousand calls of its API take a minute.
    """
    rows = renamed(row, count)
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
