"""Drift by the page: look, repair, and the safety stop lifted by typed words about one report."""

from __future__ import annotations

import re

import pytest
from django.db.models.functions import Now
from django.test import Client

from catalyst.audit.models import AuditEvent
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from dns import tasks
from dns.backoffice import services
from dns.backoffice.services import DRIFT_TOPIC
from dns.drift.models import DriftReport
from dns.pools.models import Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, absolute
from tests.integration.dns.backoffice.test_names import HTMX, words

pytestmark = pytest.mark.django_db
PAGE = "/domains/drift/"


def done() -> None:
    """A worker keeps the promises of this room."""
    assert tasks.look_at_all, "registers the topic"
    OutboxItem.objects.exclude(topic=DRIFT_TOPIC).update(done_at=Now())
    assert outbox.drain() == 1


@pytest.fixture
def drifted(published: Reservation, server: PowerDns) -> RRset:
    """A name with one record that is not as its row wants."""
    moved = RRset(absolute(f"api.{published.fqdn}"), "A", ("203.0.113.9",), 300)
    server.write(published.fqdn, [moved])
    return moved


@pytest.fixture
def refused(published: Reservation) -> DriftReport:
    """A report of so much drift that nothing was put right."""
    finding = {
        "kind": "records", "name": published.fqdn, "detail": "api differs",
        "allocation_id": str(published.allocation_id), "existing": 9, "changes": 9,
    }  # fmt: skip
    return DriftReport.objects.create(
        at=Now(), zones=1, existing=11, changes=9, findings=[finding], found=1, broken=1,
        refused="9 of 11 would change, which is more than 30%.",
    )  # fmt: skip


def content(server: PowerDns, wanted: RRset, zone: str) -> tuple[str, ...]:
    return next(one.contents for one in server.rrsets(zone) if one.name == wanted.name)


def test_given_drift_when_looked_at_and_put_right_then_the_name_servers_follow_the_row(
    operator: Client, published: Reservation, drifted: RRset, server: PowerDns, address: str
) -> None:
    assert "Nobody has looked yet" in words(operator.get(PAGE))
    operator.post(f"{PAGE}look/")
    waiting = operator.get(PAGE, headers=HTMX).content.decode()
    assert 'hx-trigger="every 2s"' in waiting and "are being looked at" in waiting
    done()
    page = operator.get(PAGE, headers=HTMX).content.decode()
    assert "hx-trigger" not in page
    assert published.fqdn in page and "differs" in page
    assert content(server, drifted, published.fqdn) == drifted.contents, "a look changed something"

    operator.post(f"{PAGE}repair/")
    done()
    assert content(server, drifted, published.fqdn) == (address,)
    actors = AuditEvent.objects.filter(act="dns.drift-repaired").values_list("actor", flat=True)
    assert [actor.endswith("@example.com") for actor in actors] == [True]


def test_given_a_refused_report_when_the_words_are_wrong_then_nothing_is_asked_for(
    operator: Client, refused: DriftReport
) -> None:
    page = words(operator.get(PAGE))
    assert "Nothing was put right." in page and "Type “repair 1”" in page
    assert not re.search(r"Put 1 name right", page), "the plain repair would be refused again"
    answer = operator.post(f"{PAGE}force/", {"force-seen": refused.pk, "force-phrase": "yes"})
    assert answer.status_code == 422 and "This is not “repair 1”" in words(answer)
    assert 'value="yes"' in answer.content.decode()
    empty = operator.post(f"{PAGE}force/", {"force-seen": refused.pk})
    assert empty.status_code == 422 and "Type the words" in words(empty)
    assert not OutboxItem.objects.filter(topic=DRIFT_TOPIC).exists()


def test_given_a_newer_report_when_forced_on_the_old_one_then_refused(
    operator: Client, refused: DriftReport
) -> None:
    old = refused.pk - 1
    answer = operator.post(f"{PAGE}force/", {"force-seen": old, "force-phrase": "repair 1"})
    assert answer.status_code == 422 and "a newer report" in words(answer)
    assert not OutboxItem.objects.filter(topic=DRIFT_TOPIC).exists()


def test_given_the_right_words_when_forced_then_put_right_once_and_a_replay_is_not_forced(
    operator: Client, refused: DriftReport, drifted: RRset, server: PowerDns, address: str,
    published: Reservation,
) -> None:  # fmt: skip
    wish = {"force-seen": refused.pk, "force-phrase": " repair  1 "}
    assert operator.post(f"{PAGE}force/", wish).status_code == 302
    item = OutboxItem.objects.get(topic=DRIFT_TOPIC)
    assert item.payload["force"] is True and item.payload["seen"] == refused.pk
    done()
    assert content(server, drifted, published.fqdn) == (address,)
    # The same promise kept once more, as after a crash: by now the safety stop holds again.
    hosts = ("console", "api", "gitea", "harbor", "*")
    many = [
        RRset(absolute(f"{host}.{published.fqdn}"), "A", ("203.0.113.9",), 300) for host in hosts
    ]
    server.write(published.fqdn, many)
    services.look(item.payload)
    assert "more than 30%" in DriftReport.objects.first().refused
    assert content(server, drifted, published.fqdn) == drifted.contents


def test_given_nothing_to_force_when_forced_then_nothing_is_asked_for(
    operator: Client, db: None
) -> None:
    for act in ("force", "orphans"):
        answer = operator.post(f"{PAGE}{act}/", {f"{act}-seen": 0, f"{act}-phrase": "repair 0"})
        assert answer.status_code == 200
    assert not OutboxItem.objects.filter(topic=DRIFT_TOPIC).exists()


def test_given_an_orphan_when_removed_by_typed_words_then_its_trust_is_gone(
    operator: Client, several: list[Reservation], server: PowerDns
) -> None:
    """In a pool of its own: no row of this database wants what other tests have in the shared one,
    and the words lift the safety stop."""
    zone = several[0].fqdn
    # No row wants the zone any more, as after a restore from a backup.
    rows = Allocation.objects.filter(pk=several[0].allocation_id)
    rows.update(state="released", dns_phase="gone", released_at=Now())
    operator.post(f"{PAGE}look/")
    done()
    page = words(operator.get(PAGE))
    report = DriftReport.objects.first()
    names = {one["name"] for one in report.findings if one["kind"].startswith("orphan")}
    assert names == {zone} and "Type “remove 1”" in page
    wish = {"orphans-seen": report.pk, "orphans-phrase": "remove 1"}
    assert operator.post(f"{PAGE}orphans/", wish).status_code == 302
    done()
    pool_zone = zone.partition(".")[2]
    assert "DS" not in {one.type for one in server.rrsets(pool_zone, name=zone)}
    assert AuditEvent.objects.filter(act="dns.orphan-removed", object=f"zone:{zone}").exists()
