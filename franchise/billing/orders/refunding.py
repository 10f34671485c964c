"""Giving back. The card's part first, then credit, which returns to the very grants it came from.

One transaction promises all of it: the refund's row, the credit's return, the credit note, the
order's state. A worker gives the card's part back, as often as it takes, with one key.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import NotFound
from catalyst.work import outbox
from franchise.billing import payments
from franchise.billing.invoices import services as invoices
from franchise.billing.orders.machine import WrongState, tell, transition
from franchise.billing.orders.models import Order, Refund, State
from franchise.billing.orders.problems import TooMuch
from franchise.billing.orders.settling import card_source
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations import services as organizations

TOPIC = "franchise.card-refund"
REFUNDABLE = (State.PAID, State.PARTLY_REFUNDED)


def lock(order_id: int) -> Order:
    """The order, until the caller's transaction ends; its Organization first. Raises NotFound."""
    known = Order.objects.filter(pk=order_id).values_list("organization_id", flat=True).first()
    if known is None:
        raise NotFound(_("There is no such order."))
    organization = organizations.locked(organization_id=known)
    order = Order.objects.select_for_update().get(pk=order_id)
    order.organization = organization
    return order


def left(order: Order) -> Money:
    """What was paid and not given back yet."""
    card = order.card_minor - order.refunded_card_minor
    return Money(card + order.credit_minor - order.refunded_credit_minor, order.currency)


def refund(
    *, order_id: int, actor: str, reason: str, amount: Money | None = None,
    request: HttpRequest | None = None,
) -> Refund:  # fmt: skip
    """Give back `amount`, or all that is left. Raises NotFound, WrongState, TooMuch."""
    with transaction.atomic():
        order = lock(order_id)
        if order.state not in REFUNDABLE:
            raise WrongState(_("Only what was paid can be given back."), state=order.state)
        rest = left(order)
        amount = rest if amount is None else amount
        if amount.currency != order.currency or not 0 < amount.minor <= rest.minor:
            raise TooMuch(
                _("Give back between nothing and %(rest)s, which is left of this order.")
                % {"rest": rest},
                field="amount",
            )  # fmt: skip
        card = min(amount.minor, order.card_minor - order.refunded_card_minor)
        made = Refund.objects.create(
            order=order, card_minor=card, credit_minor=amount.minor - card, actor=actor,
            state=Refund.State.PROMISED if card else Refund.State.DONE, reason=reason,
        )  # fmt: skip
        _book(made, actor=actor, request=request)
        if card:
            outbox.put(topic=TOPIC, key=str(made.pk))
    return made


def refunded_outside(*, order_id: int, reference: str, total: Money, event: str) -> None:
    """Somebody gave back at the provider's own pages: what we do not know of yet is booked."""
    with transaction.atomic():
        order = lock(order_id)
        more = total.minor - order.refunded_card_minor
        if order.paid_at is None:
            raise WrongState(_("The order is not paid yet."), state=order.state)
        if more <= 0:
            return
        made = Refund.objects.create(
            order=order, card_minor=more, credit_minor=0, state=Refund.State.DONE,
            reference=reference[:255], actor="stripe", reason=f"stripe:{event}"[:300],
        )  # fmt: skip
        _book(made, actor="stripe")


def give_back_at_provider(*, refund_id: int) -> None:
    """The worker's part. Raises PaymentsAway, PaymentsNotConfigured: then it is tried again."""
    row = Refund.objects.select_related("order").get(pk=refund_id)
    if row.state == Refund.State.DONE:
        return
    reference = payments.provider().refund(
        reference=row.order.payment_reference, idempotency_key=f"refund-{row.pk}",
        amount=Money(row.card_minor, row.order.currency),
    )  # fmt: skip
    with transaction.atomic():
        order = lock(row.order_id)
        done = Refund.objects.filter(pk=refund_id, state=Refund.State.PROMISED)
        if done.update(state=Refund.State.DONE, reference=reference):
            tell(order, "refund-given", actor="billing", facts={"reference": reference})


def _book(made: Refund, *, actor: str, request: HttpRequest | None = None) -> None:
    """Everything about a refund that is ours."""
    order = made.order
    order.refunded_card_minor += made.card_minor
    order.refunded_credit_minor += made.credit_minor
    is_all = not left(order)
    if made.credit_minor:
        ledger.refund(
            source=order.hold_source, amount=Money(made.credit_minor, order.currency),
            refund_source=f"refund:{made.pk}", actor=actor,
        )  # fmt: skip
    if made.card_minor:
        ledger.record_card_refund(
            organization_id=order.organization_id, amount=Money(made.card_minor, order.currency),
            source=f"card-refund:{made.pk}", payment_source=card_source(order), actor=actor,
        )  # fmt: skip
    # What was rounded away of the card's part was invoiced too: with the last of that the whole
    # invoice is taken back, as the ledger does it.
    rounding = order.rounding_minor if is_all and order.card_minor else 0
    noted = Money(made.card_minor + made.credit_minor + rounding, order.currency)
    note = invoices.credit(refund=made, amount=noted)
    to = State.REFUNDED if is_all else State.PARTLY_REFUNDED
    facts = {**made.facts(), "credit_note": note.number, "reason": made.reason}
    if order.state in (to, State.DISPUTED):
        order.save()
        tell(order, "refund", actor=actor, facts=facts)
    else:
        transition(order, to, actor=actor, facts=facts)
    record(
        actor=actor, act="franchise.order-refund", object=order.subject,
        after={"organization": order.organization.slug, "amount": str(made.amount),
               "credit_note": note.number, "reason": made.reason},
        request=request,
    )  # fmt: skip
