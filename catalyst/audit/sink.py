"""A copy of the chain elsewhere: sealed lines as JSON lines, posted to a collector over HTTPS.

At least once and in order; `seq` tells a collector what it has already, `hash` that nothing is
missing. What it has, whoever owns our database can no longer change unseen.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils import timezone

from catalyst.audit.chain import lines_after, spell
from catalyst.audit.models import AuditSeal, AuditShipped
from catalyst.problem import Problem
from catalyst.trust import context
from catalyst.work import outbox
from catalyst.work.leases import Held, me, take
from catalyst.work.models import OutboxItem

TOPIC = "audit.ship"
LEASE = "audit:sink"
LEASE_SECONDS = 60.0
TIMEOUT_SECONDS = 15.0
BATCH = 500


class SinkBusy(Problem):
    type = "audit-sink-busy"
    title = "Another worker is sending just now"
    status = 409


class SinkRefused(Problem):
    type = "audit-sink-refused"
    title = "The collector did not take the lines"
    status = 502


def shipped(url: str) -> int:
    """How far the collector at `url` has the chain; 0: nothing yet."""
    known = AuditShipped.objects.filter(pk=_host(url)).first()
    return known.seq if known else 0


def promise() -> None:
    """Have sent what the collector lacks, unless that is promised already.

    Asked each round, because what was sealed while a sending ended is in no promise. While the
    collector is away one item is open, and not one more for each sealing.
    """
    url = settings.CATALYST.audit_sink_url
    if not url or not AuditSeal.objects.filter(seq__gt=shipped(url)).exists():
        return
    if not OutboxItem.objects.filter(topic=TOPIC, done_at=None).exists():
        outbox.put(topic=TOPIC, key=_host(url))


@outbox.handler(TOPIC)
def ship(item: OutboxItem) -> None:
    """Send everything that the collector lacks. Raises SinkBusy, SinkRefused, httpx.HTTPError:
    the outbox tries again."""
    url = settings.CATALYST.audit_sink_url
    if not url:
        return
    held = take(LEASE, holder=me(), ttl=LEASE_SECONDS)
    if held is None:
        raise SinkBusy
    try:
        while _ship_some(url, held):
            held.renew()
    finally:
        held.release()


def _ship_some(url: str, held: Held) -> bool:
    """One batch; False when nothing was left."""
    lines = [line for line, _ in lines_after(shipped(url), most=BATCH)]
    if not lines:
        return False
    body = "".join(f"{spell(line)}\n" for line in lines).encode()
    token = settings.CATALYST.audit_sink_token.get_secret_value()
    answer = httpx.post(
        url,
        content=body,
        headers={
            "Content-Type": "application/x-ndjson",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
        timeout=TIMEOUT_SECONDS,
        follow_redirects=False,  # the token is for this host
        verify=context(settings.CATALYST.ca_bundle),
        trust_env=False,
    )
    if not answer.is_success:
        raise SinkRefused(f"It answered {answer.status_code}.")
    with held.fenced():
        AuditShipped.objects.update_or_create(
            pk=_host(url), defaults={"seq": lines[-1]["seq"], "shipped_at": timezone.now()}
        )
    return True


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
