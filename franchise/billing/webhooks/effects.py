"""What a payment's present state means for its order. An event is only a reason to look.

Stripe promises neither order nor once (docs.stripe.com/webhooks), so nothing here follows from the
event itself: all that is true of the payment now is told to the order, every time, and the order
knows what it has heard already.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from franchise.billing.cards import services as cards
from franchise.billing.orders import services as orders
from franchise.billing.stripe.shapes import Page, Payment, PaymentState

FAILED = {"payment_intent.payment_failed", "checkout.session.async_payment_failed"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A page or a payment, or both, as Stripe showed them a moment ago."""

    page: Page | None
    payment: Payment | None

    @property
    def metadata(self) -> dict[str, str]:
        of_payment = self.payment.metadata if self.payment else {}
        return dict(of_payment or (self.page.metadata if self.page else {}))


def order_of(seen: Seen) -> int | None:
    """Our order's id; None: somebody else's payment, one account may serve several Sovereigns."""
    told = seen.metadata
    number = told.get("order_id", "")
    ours = told.get("sovereign", "") == settings.CATALYST.sovereign_fqdn
    return int(number) if ours and number.isascii() and number.isdigit() else None


def apply(*, order_id: int, seen: Seen, because: str, event: str) -> None:
    """Tell the order. Joins the transaction. `because`: type of the event, `event`: its id.

    Raises NotFound, WrongAmount, WrongState: then nothing counts, and it is tried again.
    """
    if seen.page is not None and seen.page.expired:
        orders.payment_expired(order_id=order_id, reference=seen.page.reference, event=event)
    payment = seen.payment
    if payment is None:
        return
    reference = payment.reference
    match payment.state:
        case PaymentState.PAID:
            orders.paid(order_id=order_id, reference=reference, amount=payment.amount, event=event)
            cards.remember(payment)
            _what_came_after(order_id, payment, event)
        case PaymentState.CANCELLED:
            orders.payment_expired(order_id=order_id, reference=reference, event=event)
        case PaymentState.OPEN if because in FAILED:
            orders.payment_failed(
                order_id=order_id, reference=reference, because=payment.because, event=event
            )


def _what_came_after(order_id: int, payment: Payment, event: str) -> None:
    if payment.refunded:
        orders.refunded_outside(
            order_id=order_id, reference=payment.reference, total=payment.refunded, event=event
        )
    for dispute in payment.disputes:
        orders.disputed(
            order_id=order_id, reference=dispute.reference, amount=dispute.amount, event=event
        )
        if dispute.won is not None:
            orders.dispute_closed(
                order_id=order_id, reference=dispute.reference, amount=dispute.amount,
                won=dispute.won, event=event,
            )  # fmt: skip
