"""The outbox: services promise calls to the outside in their transaction, workers keep them.

A handler must be idempotent: it runs at least once. A failing item backs off alone and never
blocks the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Now

from catalyst.telemetry import spans
from catalyst.work.models import OutboxItem

log = structlog.get_logger(__name__)
Handler = Callable[[OutboxItem], None]
_handlers: dict[str, Handler] = {}
_on_put: list[Callable[[], None]] = []
FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 300.0
CLAIM = timedelta(seconds=60)


def handler(topic: str) -> Callable[[Handler], Handler]:
    """Register the one handler of a topic."""

    def register(function: Handler) -> Handler:
        _handlers[topic] = function
        return function

    return register


def on_put(wake: Callable[[], None]) -> None:
    """Register what wakes a worker after an item was committed (a hint only: beat drains too)."""
    _on_put.append(wake)


def put(*, topic: str, key: str, payload: dict[str, Any] | None = None, delay: float = 0) -> None:
    """Promise one call. Joins the caller's transaction; the worker is woken after commit."""
    OutboxItem.objects.create(
        topic=topic,
        key=key,
        payload=payload or {},
        available_at=Now() + timedelta(seconds=delay),
        traceparent=spans.traceparent(),
    )
    if not delay:
        _wake_after_commit()


def _wake_after_commit() -> None:
    """Once for all that a transaction promises; what a savepoint undid does not count."""
    waiting = [function for _, function, _ in transaction.get_connection().run_on_commit]
    for wake in _on_put:
        if wake not in waiting:
            # Robust: the row keeps the promise; a broker that is away must not fail the request.
            transaction.on_commit(wake, robust=True)


def _claim() -> OutboxItem | None:
    """Take one due item for a minute; a worker that dies in between loses nothing but that minute.

    One at a time: the minute of an item must not pass while others are handled before it.
    """
    with transaction.atomic():
        item = (
            OutboxItem.objects.select_for_update(skip_locked=True)
            .filter(done_at__isnull=True, available_at__lte=Now(), topic__in=list(_handlers))
            .order_by("available_at")
            .first()
        )
        if item is not None:
            OutboxItem.objects.filter(pk=item.pk).update(available_at=Now() + CLAIM)
    return item


def _retry_delay(attempts: int) -> float:
    ceiling = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**attempts)
    return random.uniform(ceiling / 2, ceiling)


def _keep(item: OutboxItem) -> bool:
    try:
        if origin := spans.context_of(item.traceparent):
            with spans.span(f"outbox {item.topic}", parent=origin, attempt=item.attempts + 1):
                _handlers[item.topic](item)
        else:
            _handlers[item.topic](item)
    except Exception as error:  # noqa: BLE001 - one item's failure leaves the others alone
        log.warning(
            "outbox item failed", topic=item.topic, key=item.key, error=type(error).__name__
        )
        OutboxItem.objects.filter(pk=item.pk).update(
            attempts=item.attempts + 1,
            last_error=f"{type(error).__name__}: {error}".replace("\0", "")[:500],
            available_at=Now() + timedelta(seconds=_retry_delay(item.attempts)),
        )
        return False
    OutboxItem.objects.filter(pk=item.pk).update(done_at=Now(), last_error="")
    return True


def drain(*, limit: int = 50) -> int:
    """Handle what is due now; returns how many items were kept."""
    kept = 0
    for _ in range(limit):
        if (item := _claim()) is None:
            break
        kept += _keep(item)
    return kept
