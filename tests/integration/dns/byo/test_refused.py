"""A registrar that fails, says yes and does nothing, or is not sure (tests 15 to 17 of §7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from catalyst.vault.models import SealedSecret
from catalyst.work.clock import database_now
from dns.byo import services
from dns.byo.sealed import PURPOSE
from dns.powerdns.client import PowerDns
from dns.registrars.problems import JobFailed, RateLimited, ReadBackDiffers
from tests.integration.dns.byo.moving import begin, live
from tests.integration.dns.registrars.stage import OURS, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("way", ["ovh", "godaddy-v2"])
def test_dns_t16_given_a_job_that_fails_later_then_pending_then_failed_and_our_zone_is_gone(
    stage: Stage, server: PowerDns, way: str
) -> None:
    customer = live(stage, way, quiet=True)
    before = stage.delegation(customer)
    stage.fault(customer, "job_fails", on="write")
    moving = begin(stage, customer, mode="registrar")

    assert moving.until("pending_flip").state == "pending_flip"
    assert server.zone(customer.name) is not None
    status = moving.until("failed")

    assert status.problem["type"] == JobFailed.type and "Go on" in status.words
    assert stage.delegation(customer) == before
    assert server.zone(customer.name) is None
    assert not SealedSecret.objects.filter(purpose=PURPOSE).exists()

    services.resume(move_id=moving.move_id, actor="test", credentials=customer.credentials)
    moving.until("active")
    assert stage.delegation(customer) == list(OURS)


@pytest.mark.parametrize("way", ["dynadot-rest", "cloudflare"])
def test_dns_t16_given_a_yes_without_a_change_then_failed_with_what_was_seen(
    stage: Stage, way: str
) -> None:
    customer = live(stage, way, quiet=True)
    stage.fault(customer, "ignored", on="write", times=None)

    status = begin(stage, customer, mode="registrar").until("failed")

    assert status.problem["type"] == ReadBackDiffers.type
    assert status.problem["wanted"] == list(OURS) and status.step == "flip"


def test_dns_t16_given_a_change_that_is_taken_back_then_the_registrar_is_asked_again_and_it_fails(
    stage: Stage,
) -> None:
    customer = live(stage, "namecheap", quiet=True)
    stage.fault(customer, "reverts", on="write")

    status = begin(stage, customer, mode="registrar").until("failed")

    assert status.problem["type"] == ReadBackDiffers.type and status.step == "propagation"


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        ("namecheap", "status_after"),
        ("godaddy-v2", "lost_answer"),
        ("ovh", "status_after"),
        ("dynadot-rest", "lost_answer"),
    ],
)
def test_dns_t15_given_an_answer_that_is_lost_after_success_then_reading_decides_and_it_goes_on(
    stage: Stage, server: PowerDns, way: str, fault: str
) -> None:
    customer = live(stage, way, quiet=True)
    before = customer.nameservers()
    stage.fault(customer, fault, on="write")
    moving = begin(stage, customer, mode="registrar")

    moving.until("active")

    assert stage.delegation(customer) == list(OURS) and server.zone(customer.name) is not None
    assert moving.row.snapshot["ns"] == list(before)


def test_dns_t17_given_a_429_then_it_waits_as_long_as_the_registrar_says_and_asks_once(
    stage: Stage,
) -> None:
    customer = live(stage, "godaddy-v2", quiet=True)
    stage.fault(customer, "rate_limit", retry_after=120)
    moving = begin(stage, customer, mode="registrar")

    status = moving.look()

    assert status.state == "preparing" and str(RateLimited.title) in status.words
    assert status.next_poll_at is not None
    assert 110 < (status.next_poll_at - database_now()).total_seconds() < 130
    assert stage.hits() == 1
    moving.until("active")


def test_dns_t17_given_keys_with_colons_then_they_are_in_no_row_but_sealed_and_in_no_line(
    stage: Stage, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    customer = live(stage, "ovh", quiet=True)
    stage.fault(customer, "job_fails", on="write")
    moving = begin(stage, customer, mode="registrar")
    moving.until("failed")
    services.resume(move_id=moving.move_id, actor="test", credentials=customer.credentials)
    moving.until("active")

    told = "".join(capfd.readouterr()) + caplog.text + json.dumps(every_row(), default=str)
    for secret in customer.fields.values():
        for form in (secret, *secret.split(":")):
            assert form not in told
    assert str(moving.move_id) in told


def every_row() -> list[Any]:
    """All rows of all tables, as texts."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            found += [row for (row,) in cursor.fetchall()]
    return found
