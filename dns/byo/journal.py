"""How an act is written down: audit, the domain's log, and the promise to the worker."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.eventlog.services import Line, append, finish
from catalyst.work import outbox
from dns.byo.models import DomainMove

TOPIC = "dns.byo"
MAIL_TOPIC = "dns.byo.mail"
ACTOR = "system:domain-worker"


def subject(row: DomainMove) -> str:
    return f"domain:{row.pk}"


def say(row: DomainMove, text: str, *, level: str = "info") -> None:
    """A line for people, in the domain's log."""
    append(subject(row), [Line(text, level=level, phase=row.step, source="dns.byo")])


def close(row: DomainMove) -> None:
    """Nothing more is said of it."""
    finish(subject(row))


def audit(
    row: DomainMove,
    act: str,
    *,
    actor: str = ACTOR,
    request: HttpRequest | None = None,
    **facts: Any,
) -> None:
    after = {"fqdn": row.fqdn, "owner": row.owner, "state": row.state, **facts}
    record(
        actor=actor, act=f"domain.{act}", object=f"domain:{row.pk}", after=after, request=request
    )


def wake(row: DomainMove) -> None:
    """Have a worker look at it now."""
    outbox.put(topic=TOPIC, key=str(row.pk))


def promise_mail(row: DomainMove, kind: str) -> None:
    outbox.put(topic=MAIL_TOPIC, key=str(row.pk), payload={"kind": kind})
