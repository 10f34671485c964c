"""What workers do for this app: the outbox topics of names, orphans and domains, a look in every
round, and every few minutes the upkeep of all zones.
"""

from __future__ import annotations

import uuid
from contextlib import suppress

from celery import shared_task
from kombu.exceptions import OperationalError

from catalyst.work import beat, outbox
from catalyst.work.leases import me, take
from catalyst.work.models import OutboxItem
from dns import upkeep
from dns.backoffice import services as backoffice
from dns.byo import journal as byo
from dns.byo import mail as byo_mail
from dns.byo import worker as byo_worker
from dns.drift import services as drift
from dns.pools import services, worker

UPKEEP_SECONDS = 300.0


@outbox.handler("dns.sync")
def sync(item: OutboxItem) -> None:
    """Bring one allocation's DNS to what its row wants."""
    worker.sync(allocation_id=uuid.UUID(item.key))


@outbox.handler("dns.orphan")
def finish_orphan(item: OutboxItem) -> None:
    """Remove a zone that no row wants, its DS being out for long enough."""
    drift.finish_orphan(name=item.key)


@outbox.handler(backoffice.DRIFT_TOPIC)
def look_at_all(item: OutboxItem) -> None:
    """Compare all zones with their rows, as an operator asked."""
    backoffice.look(item.payload)


@outbox.handler(byo.TOPIC)
def follow(item: OutboxItem) -> None:
    """Go on with a domain of a customer's own, if its time has come."""
    byo_worker.follow(move_id=uuid.UUID(item.key))


@outbox.handler(byo.MAIL_TOPIC)
def write(item: OutboxItem) -> None:
    """Tell a domain's contact."""
    byo_mail.send(move_id=uuid.UUID(item.key), kind=item.payload["kind"])


@beat.every_round
def look_at_domains() -> None:
    """Each in a task of its own: asking the world takes seconds."""
    for move_id in byo_worker.due():
        with suppress(OperationalError):  # Redis is away: the next round will do
            follow_later.apply_async((str(move_id),), retry=False, expires=beat.EVERY_SECONDS)


@shared_task(name="dns.byo.follow")
def follow_later(move_id: str) -> None:
    """Go on with a domain."""
    byo_worker.follow(move_id=uuid.UUID(move_id))


@beat.every_round
def look() -> None:
    """Reservations that ran out, and rows whose DNS is not as they want."""
    services.expire()
    worker.sync_due()


@beat.every_round
def now_and_then() -> None:
    """Have one worker do the upkeep. The lease is never given back: it is the clock."""
    if take("dns:upkeep", holder=me(), ttl=UPKEEP_SECONDS):
        with suppress(OperationalError):  # Redis is away: the next time will do
            keep_up.apply_async(retry=False, expires=UPKEEP_SECONDS)


@shared_task(name="dns.keep_up")
def keep_up() -> None:
    """Pool zones are as the settings say, and every name's zone as its row says."""
    upkeep.keep_up()
