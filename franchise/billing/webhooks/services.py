"""The inbox: an event's row and its effects are one transaction, so a crash leaves neither.

First Stripe is asked what is true now, outside of any transaction; then the row, the effects and
"done" are written together. What cannot be done yet stays `pending`, with a promise to look again.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from catalyst.work import outbox
from franchise.billing.cards import services as cards
from franchise.billing.payments import PaymentsAway, PaymentsNotConfigured, PaymentUnknown
from franchise.billing.settings import services as billing
from franchise.billing.settings.models import BillingSecret
from franchise.billing.stripe import events
from franchise.billing.stripe.events import Event
from franchise.billing.webhooks.effects import Seen, apply, order_of
from franchise.billing.webhooks.models import EventState, WebhookEvent

log = structlog.get_logger(__name__)

TOPIC = "franchise.webhook"
FIRST_LOOK_SECONDS = 5.0
MOST_ATTEMPTS = 30  # with the outbox's pauses of up to five minutes: about two hours
HANDLED = {
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.closed",
}


class WebhooksNotConfigured(Problem):
    """Nobody has given the endpoint's secret, so nothing can be believed. Stripe tries again."""

    type = "webhooks-not-configured"
    title = lazy("Webhooks cannot be taken here yet")
    status = 503


class NotYet(Exception):
    """Still pending; the outbox looks again later."""


def receive(*, body: bytes, signature: str) -> EventState:
    """Take one delivery; the same event again changes nothing.

    Raises WebhooksNotConfigured, BadSignature.
    """
    event = events.read(body=body, signature=signature, secret=_secret())
    known = WebhookEvent.objects.filter(event_id=event.id).first()
    if known is not None:
        return EventState(known.state)
    if event.type not in HANDLED or not (event.page or event.payment):
        return _keep(event, EventState.IGNORED)
    try:
        seen = look(page=event.page, payment=event.payment)
    except (PaymentsAway, PaymentsNotConfigured, PaymentUnknown) as problem:
        return _keep(event, EventState.PENDING, error=problem.type)
    with transaction.atomic():
        row, is_new = _row(event)
        return _take_in(row, seen) if is_new else EventState(row.state)


def again(*, event_id: str) -> None:
    """The worker's part: look once more at a pending event. Raises NotYet."""
    row = WebhookEvent.objects.get(event_id=event_id)
    if row.state != EventState.PENDING:
        return
    try:
        seen = look(page=row.about["page"], payment=row.about["payment"])
    except (PaymentsAway, PaymentsNotConfigured, PaymentUnknown) as problem:
        _missed(row, problem.type)
        raise NotYet(problem.type) from None
    with transaction.atomic():
        row = WebhookEvent.objects.select_for_update().get(pk=row.pk)
        if row.state == EventState.PENDING:
            _take_in(row, seen, promise=False)
    if row.state == EventState.PENDING:
        _missed(row, row.error)
        raise NotYet(row.error)


def look(*, page: str, payment: str) -> Seen:
    """What is true of them now. Asks Stripe: never inside a transaction.

    Raises PaymentsAway, PaymentsNotConfigured, PaymentUnknown.
    """
    stripe = cards.stripe()
    if stripe is None:
        raise PaymentsNotConfigured
    if page:
        found = stripe.look_at_page(reference=page)
        return Seen(found, found.payment)
    return Seen(None, stripe.look(reference=payment))


def _take_in(row: WebhookEvent, seen: Seen, *, promise: bool = True) -> EventState:
    """The effects and "done", or neither and a promise. The caller holds the row."""
    order_id = order_of(seen)
    if order_id is None:
        return _end(row, EventState.IGNORED)
    try:
        with transaction.atomic():
            apply(order_id=order_id, seen=seen, because=row.type, event=row.event_id)
    except Problem as problem:
        row.error = problem.type
        row.save(update_fields=["error"])
        if promise:
            _look_later(row)
        return EventState.PENDING
    return _end(row, EventState.DONE)


def _keep(event: Event, state: EventState, *, error: str = "") -> EventState:
    """Keep an event without effects."""
    with transaction.atomic():
        row, is_new = _row(event)
        if not is_new:
            return EventState(row.state)
        if state != EventState.PENDING:
            return _end(row, state)
        row.error = error
        row.save(update_fields=["error"])
        _look_later(row)
    return state


def _row(event: Event) -> tuple[WebhookEvent, bool]:
    """Its row, and whether it is new: a delivery at the same moment waits here for the first."""
    return WebhookEvent.objects.get_or_create(
        event_id=event.id,
        defaults={
            "type": event.type[:100],
            "created": event.created,
            "about": {
                "object": event.object,
                "page": event.page,
                "payment": event.payment,
                "metadata": event.metadata,
            },
        },
    )


def _end(row: WebhookEvent, state: EventState) -> EventState:
    row.state, row.error, row.done_at = state, "", Now()
    row.save(update_fields=["state", "error", "done_at"])
    return state


def _look_later(row: WebhookEvent) -> None:
    outbox.put(topic=TOPIC, key=row.event_id, delay=FIRST_LOOK_SECONDS)


def _missed(row: WebhookEvent, error: str) -> None:
    """Count a try; after too many somebody has to look, and is told by log and audit."""
    with transaction.atomic():
        WebhookEvent.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1, error=error[:500])
        row.refresh_from_db()
        if row.attempts < MOST_ATTEMPTS or row.state != EventState.PENDING:
            return
        row.state, row.done_at = EventState.GIVEN_UP, Now()
        row.save(update_fields=["state", "done_at"])
        record(
            actor="stripe", act="franchise.webhook-given-up", object=f"webhook:{row.event_id}",
            after={"type": row.type, "error": row.error},
        )  # fmt: skip
    log.error("webhook given up", event_id=row.event_id, type=row.type, error=row.error)


def _secret() -> Secret:
    found = billing.secret(BillingSecret.Name.WEBHOOK)
    if found is None:
        raise WebhooksNotConfigured
    return found
