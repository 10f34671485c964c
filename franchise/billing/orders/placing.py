"""Placing an order: one transaction in which prices are worked out anew, credit is reserved, and,
where credit pays for all of it, everything that follows is done at once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.work.clock import database_now
from franchise.billing import payments
from franchise.billing.orders.machine import transition
from franchise.billing.orders.models import Order, OrderLine, Purpose, State
from franchise.billing.orders.offers import Cart, how_paid, offer, tax_facts
from franchise.billing.orders.problems import CreditTooSmall, KeyReused, OrganizationClosed
from franchise.billing.orders.settling import SYSTEM, settle
from franchise.billing.orders.split import Split
from franchise.billing.subscriptions.models import Subscription
from franchise.billing.taxes.arithmetic import Taxed
from franchise.ledger import services as ledger
from franchise.ledger.models import Hold
from franchise.organizations import services as organizations
from franchise.organizations.services import Organization

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_CAMPAIGN = 120
# Longer than any way of paying takes to tell that it was paid (bank debits: days). Whatever ends
# an order earlier releases its hold with it.
HELD = timedelta(days=30)


def place(
    *, organization_id: int, user: User, cart: Cart, expected_fingerprint: str,
    idempotency_key: str, use_credit: bool = True, request: HttpRequest | None = None,
) -> Order:  # fmt: skip
    """Buy what was looked at. The order is paid, or awaits `checkout`.

    Raises NotSold, PriceChanged (with what to confirm), OrganizationClosed, KeyReused,
    PaymentsNotConfigured when a card would have to pay and cannot: then nothing is reserved.
    """
    with transaction.atomic():
        organization = organizations.locked(organization_id=organization_id)
        if found := _earlier(organization_id, idempotency_key):
            return _same(found, expected_fingerprint)
        if not organization.is_open:
            raise OrganizationClosed(
                _("It is suspended or being deleted. Nothing was ordered."),
            )
        offered = offer(cart=cart)
        offered.must_match(expected_fingerprint)
        order = _ordered(
            organization=organization, taxed=offered.taxed, quote=offered.facts(),
            purpose=Purpose.PURCHASE, placed_by=str(user),
            email=user.email or organization.owner_email,
            fingerprint=offered.fingerprint, idempotency_key=idempotency_key,
            paid=how_paid(
                organization_id=organization_id, total=offered.taxed.total, use_credit=use_credit
            ),
            expires_at=database_now() + payments.PAGE_OPEN,
        )  # fmt: skip
        record(
            actor=str(user), act="franchise.order-place", object=order.subject,
            after={"organization": organization.slug, "total": str(order.total),
                   "credit": str(order.money("credit")), "card": str(order.money("card"))},
            request=request,
        )  # fmt: skip
    return order


def place_by_credit(
    *, organization_id: int, placed_by: str, email: str, cart: Cart, idempotency_key: str,
    request: HttpRequest | None = None,
) -> Order:  # fmt: skip
    """Buy at today's price what credit pays for as a whole. Joins the caller's transaction.

    Raises NotSold, OrganizationClosed, CreditTooSmall: then nothing is reserved.
    """
    organization = organizations.locked(organization_id=organization_id)
    if found := _earlier(organization_id, idempotency_key):
        return found
    if not organization.is_open:
        raise OrganizationClosed(_("It is suspended or being deleted. Nothing was ordered."))
    offered = offer(cart=cart)
    total = offered.taxed.total
    paid = how_paid(organization_id=organization_id, total=total, use_credit=True)
    if paid.card:
        raise CreditTooSmall(
            _("The Plan costs %(total)s a month, and the credit is less. Nothing was ordered.")
            % {"total": total},
            total=total.minor, currency=total.currency,
        )  # fmt: skip
    order = _ordered(
        organization=organization, taxed=offered.taxed, quote=offered.facts(),
        purpose=Purpose.PURCHASE, placed_by=placed_by, email=email,
        fingerprint=offered.fingerprint, idempotency_key=idempotency_key, paid=paid,
        expires_at=None,
    )  # fmt: skip
    record(
        actor=placed_by, act="franchise.order-place", object=order.subject,
        after={"organization": organization.slug, "total": str(order.total),
               "credit": str(order.money("credit")), "card": "0"},
        request=request,
    )  # fmt: skip
    return order


def renew(*, subscription: Subscription, taxed: Taxed, paid: Split, actor: str) -> Order:
    """The order of one more month of a locked subscription, inside the caller's transaction."""
    month = f"renew:{subscription.pk}:{subscription.period_end.isoformat()}"
    nth = subscription.attempts if actor == SYSTEM else new_number()
    return _ordered(
        organization=subscription.organization, taxed=taxed,
        quote={**subscription.snapshot, "tax": tax_facts(taxed)}, purpose=Purpose.RENEWAL,
        placed_by=actor, email=subscription.email, fingerprint="",
        idempotency_key=f"{month}:{nth}",
        paid=paid, expires_at=None, subscription=subscription,
    )  # fmt: skip


def _ordered(
    *, organization: Organization, taxed: Taxed, quote: dict[str, Any], purpose: Purpose,
    placed_by: str, email: str, fingerprint: str, idempotency_key: str, paid: Split,
    expires_at: datetime | None, subscription: Subscription | None = None,
) -> Order:  # fmt: skip
    if paid.card:
        payments.provider()
    number = new_number()
    order = Order.objects.create(
        number=number, organization=organization, purpose=purpose, subscription=subscription,
        placed_by=placed_by, email=email, currency=taxed.total.currency,
        net_minor=taxed.net.minor, tax_minor=taxed.tax.minor, total_minor=taxed.total.minor,
        credit_minor=paid.credit.minor, card_minor=paid.card.minor,
        rounding_minor=paid.rounding.minor, quote=quote, fingerprint=fingerprint,
        idempotency_key=idempotency_key, expires_at=expires_at,
        hold_source=f"order:{number}" if paid.credit else "",
    )  # fmt: skip
    OrderLine.objects.bulk_create(_lines(order))
    if paid.credit:
        hold = ledger.reserve(
            organization_id=organization.pk, amount=paid.credit, source=order.hold_source,
            expires_in=HELD,
        )  # fmt: skip
        order.campaign = _campaigns(hold)
    if paid.card:
        transition(order, State.AWAITING_PAYMENT, actor=placed_by)
    else:
        settle(order, actor=placed_by)
    return order


def _campaigns(hold: Hold) -> str:
    """Whose credit pays: the settlement and the payment's metadata say so."""
    names = {part.grant.campaign for part in hold.parts.select_related("grant")}
    return ", ".join(sorted(names - {""}))[:LONGEST_CAMPAIGN]


def _lines(order: Order) -> list[OrderLine]:
    return [
        OrderLine(
            order=order,
            position=position,
            kind=line["kind"],
            slug=line["slug"],
            name=line["name"],
            name_ar=line["name_ar"],
            quantity=line["quantity"],
            unit_minor=line["unit_minor"],
            total_minor=line["total_minor"],
            catalog_version=line["version"],
        )
        for position, line in enumerate(order.quote["lines"], start=1)
    ]


def _earlier(organization_id: int, idempotency_key: str) -> Order | None:
    orders = Order.objects.filter(organization_id=organization_id)
    return orders.filter(idempotency_key=idempotency_key).first()


def _same(order: Order, fingerprint: str) -> Order:
    if order.fingerprint != fingerprint:
        raise KeyReused(_("Load the page again and send the form once more."))
    return order


def new_number() -> str:
    """Says nothing of how many there are; nobody guesses another's."""
    return "O-" + "".join(secrets.choice(ALPHABET) for _ in range(10))
