"""A domain that takes days, and one that is lost after it came: mails, the cap, the watch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.urls import reverse

from catalyst.work import outbox
from catalyst.work.clock import database_now
from catalyst.work.models import OutboxItem
from dns import tasks
from dns.byo import services, worker
from dns.byo.models import DomainMove
from dns.byo.problems import CredentialsGone, GaveUp
from dns.powerdns.client import PowerDns
from tests.integration.dns.byo.moving import begin, forget, here, live, pending, prove
from tests.integration.dns.registrars.stage import Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]
HOUR = 3600.0


def mails() -> list[str]:
    outbox.drain()
    return [one.subject for one in mail.outbox]


def test_given_days_then_a_mail_after_one_and_after_two_once_each_and_after_three_it_stops(
    stage: Stage,
) -> None:
    moving = pending(stage, contact="who@example.com")
    moving.look()
    assert mails() == []

    for hours, count in ((25, 1), (0, 1), (24, 2), (1, 2)):
        moving.look(skip=hours * HOUR)
        assert len(mails()) == count
    assert moving.panel.late == "48"
    status = moving.look(skip=24 * HOUR)

    assert status.failed and status.problem["type"] == GaveUp.type
    assert len(mails()) == 2 and moving.row.fqdn in mails()[0]
    assert f"{reverse('move', args=[moving.move_id])}\n" in mail.outbox[0].body
    assert moving.row.zone_made, "somebody may still name us"

    services.resume(move_id=moving.move_id, actor="test")
    moving.point_here()
    moving.until("delegated", "active")


def test_given_a_domain_that_stopped_when_committed_then_its_zone_follows_and_it_takes_no_step(
    stage: Stage, server: PowerDns, address: str, settings: Any
) -> None:
    moving = pending(stage)
    moving.look(skip=73 * HOUR)
    step, away = moving.row.step, {"powerdns_url": "http://127.0.0.1:9"}
    env = settings.CATALYST

    services.commit(move_id=moving.move_id, address_v4=address, actor="test")
    settings.CATALYST = env.model_copy(update=away)
    status = moving.look()
    assert (status.state, status.settled, moving.row.attempts) == ("failed", False, 1)
    assert status.next_poll_at is not None and status.next_poll_at > database_now()

    settings.CATALYST = env
    status = moving.look()
    assert (status.state, status.settled, moving.row.step) == ("failed", True, step)
    assert status.next_poll_at is None and moving.row.attempts == 0
    assert any(one.contents == (address,) for one in server.rrsets(moving.customer.name))


def test_given_a_step_that_waited_for_days_when_the_name_servers_are_away_then_tried_again(
    stage: Stage, settings: Any
) -> None:
    moving = here(stage)
    DomainMove.objects.update(state="delegated", step="publish-ds")
    settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": "http://127.0.0.1:9"})
    assert moving.look(skip=80 * HOUR).state == "delegated"
    assert moving.row.attempts == 1

    DomainMove.objects.update(attempts=432)  # of ten minutes each
    assert moving.look().problem["type"] == GaveUp.type


def test_given_a_row_that_cannot_be_followed_then_it_is_put_off(stage: Stage) -> None:
    moving = pending(stage)
    DomainMove.objects.update(step="of-the-future")
    status = moving.look()
    assert status.next_poll_at is not None and status.next_poll_at > database_now()
    assert moving.row.attempts == 1


def test_given_a_proof_that_never_comes_then_it_stops_after_three_days(stage: Stage) -> None:
    moving = begin(stage, live(stage, "namecheap", quiet=True))
    moving.until("preparing", needs="txt")

    assert moving.look(skip=71 * HOUR).state == "preparing"
    assert moving.look(skip=2 * HOUR).problem["type"] == GaveUp.type

    services.resume(move_id=moving.move_id, actor="test")
    moving.until("preparing", needs="txt")
    prove(moving)
    moving.until("pending_flip")


def test_given_a_schedule_in_the_row_then_nobody_looks_before_its_time_and_check_now_does(
    stage: Stage,
) -> None:
    moving = pending(stage, contact="who@example.com")
    moving.look()
    rounds = moving.row.rounds
    assert moving.row.next_poll_at is not None and moving.row.next_poll_at > database_now()
    assert moving.move_id not in worker.due()

    worker.follow(move_id=moving.move_id)
    assert moving.row.rounds == rounds

    services.check_now(move_id=moving.move_id, actor="test")
    assert worker.due() == [moving.move_id]
    assert OutboxItem.objects.filter(key=str(moving.move_id), done_at__isnull=True).exists()
    outbox.drain()
    assert moving.row.rounds == rounds + 1

    # The next round's task finds that its time has not come; later it has.
    tasks.follow_later(str(moving.move_id))
    assert moving.row.rounds == rounds + 1
    DomainMove.objects.update(next_poll_at=Now())
    tasks.follow_later(str(moving.move_id))
    assert moving.row.rounds == rounds + 2


def test_given_credentials_that_were_forgotten_when_resumed_then_they_are_asked_for(
    stage: Stage,
) -> None:
    customer = live(stage, "godaddy-v2", quiet=True)
    stage.fault(customer, "job_fails", on="write")
    moving = begin(stage, customer, mode="registrar")
    moving.until("failed")
    assert moving.panel.wants_credentials

    with pytest.raises(CredentialsGone) as caught:
        services.resume(move_id=moving.move_id, actor="test")
    assert caught.value.extra["field"] == "credentials"


def test_given_a_domain_that_expires_after_it_came_then_said_once_and_the_zone_stays(
    stage: Stage,
) -> None:
    moving = here(stage, contact="who@example.com")
    moving.look()
    status = moving.status
    assert status.next_poll_at is not None
    assert timedelta(hours=21) < status.next_poll_at - database_now() < timedelta(hours=27)

    stage.ask("DELETE", f"/domains/{moving.customer.registered}")
    moving.look()
    moving.look()

    assert (moving.status.state, moving.status.verdict) == ("active", "gone")
    assert len([one for one in mails() if "needs a look" in one]) == 1
    assert moving.row.zone_made


def test_given_a_ds_of_a_strange_key_after_it_came_then_bogus_is_said(stage: Stage) -> None:
    moving = here(stage, contact="who@example.com")
    strange = {"tag": 1, "algorithm": 13, "digest_type": 2, "digest": "ab" * 32}
    stage.change(moving.customer, signers=[{**strange, "flags": 257, "public_key": ""}])

    assert moving.look().verdict == "bogus"
    assert "not trusted" in moving.status.words


def test_given_a_move_that_ended_when_resumed_then_it_begins_again_as_it_was(stage: Stage) -> None:
    moving = pending(stage, contact="who@example.com")
    services.release(move_id=moving.move_id, actor="test")
    moving.until("released")

    status = services.resume(move_id=moving.move_id, actor="test")

    assert status.move_id != moving.move_id and status.owner == moving.row.owner
    assert DomainMove.objects.get(pk=status.move_id).contact == "who@example.com"
    forget(status.move_id, 0)
    DomainMove.objects.filter(pk=status.move_id).update(next_poll_at=Now())
    worker.follow(move_id=status.move_id)
    assert services.status(move_id=status.move_id).state == "preparing"
