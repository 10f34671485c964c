"""Invoices and credit notes come into being, each with the next number of its series and year.

The number is taken in the transaction that makes the document, under the lock of the counter's
row: rolled back together, so there is no gap; taken last, so that nobody waits long.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from catalyst.work.clock import database_now
from franchise.billing.invoices.models import CreditNote, Invoice
from franchise.billing.invoices.numbers import as_number
from franchise.billing.orders.models import Order, Refund
from franchise.billing.settings import services as settings
from franchise.billing.settings.models import BillingSettings
from franchise.billing.taxes.arithmetic import part_of
from franchise.money import Money

NEXT = """
INSERT INTO franchise_number_series AS kept (series, year, last) VALUES (%s, %s, 1)
ON CONFLICT (series, year) DO UPDATE SET last = kept.last + 1 RETURNING last
"""
CREDIT = "CN"


def issue(*, order: Order) -> Invoice:
    """The invoice of an order that was just paid; joins the caller's transaction."""
    rules = settings.current()
    numbered = _numbered(rules.series_prefix)
    snapshot = {
        **_common(rules, order, numbered),
        "kind": "invoice",
        "lines": order.quote["lines"],
        "paid": {"credit_minor": order.credit_minor, "card_minor": order.card_minor,
                 "rounding_minor": order.rounding_minor},
        "period": _period(order),
        "net_minor": order.net_minor, "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
    }  # fmt: skip
    return Invoice.objects.create(
        order=order, organization=order.organization, currency=order.currency,
        total_minor=order.total_minor, tax_minor=order.tax_minor, snapshot=snapshot, **numbered,
    )  # fmt: skip


def credit(*, refund: Refund, amount: Money) -> CreditNote:
    """Takes `amount` of the order's invoice back; the tax of all its notes sums to the whole's."""
    order = refund.order
    invoice = Invoice.objects.get(order=order)
    rules = settings.current()
    earlier = list(CreditNote.objects.filter(invoice=invoice))
    so_far = Money(sum(note.total_minor for note in earlier), order.currency) + amount
    tax_so_far = part_of(tax=invoice.tax, part=so_far, whole=invoice.total)
    tax = tax_so_far.minor - sum(note.tax_minor for note in earlier)
    numbered = _numbered(f"{rules.series_prefix}-{CREDIT}")
    snapshot = {
        **_common(rules, order, numbered),
        "kind": "credit-note",
        "invoice": invoice.number,
        "reason": refund.reason,
        "given_back": {"credit_minor": refund.credit_minor, "card_minor": refund.card_minor},
        "net_minor": amount.minor - tax, "tax_minor": tax, "total_minor": amount.minor,
    }  # fmt: skip
    return CreditNote.objects.create(
        invoice=invoice, refund=refund, organization=order.organization, currency=order.currency,
        total_minor=amount.minor, tax_minor=tax, snapshot=snapshot, **numbered,
    )  # fmt: skip


def document(*, number: str, organization_id: int | None = None) -> Invoice | CreditNote:
    """By its number; of this Organization only, if one is named. Raises NotFound."""
    mine = {} if organization_id is None else {"organization_id": organization_id}
    for model in (Invoice, CreditNote):
        if found := model._default_manager.filter(number=number, **mine).first():
            return found
    raise NotFound(_("There is no such invoice."))


def of_organization(*, organization_id: int) -> list[Invoice | CreditNote]:
    """Both kinds, the newest first."""
    invoices = Invoice.objects.filter(organization_id=organization_id)
    notes = CreditNote.objects.filter(organization_id=organization_id)
    return sorted([*invoices, *notes], key=lambda each: each.issued_at, reverse=True)


def _numbered(series: str) -> dict[str, Any]:
    now = database_now()
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [series, now.year])
        (sequence,) = cursor.fetchone()
    return {
        "series": series, "year": now.year, "sequence": sequence, "issued_at": now,
        "number": as_number(series, now.year, sequence),
    }  # fmt: skip


def _common(rules: BillingSettings, order: Order, numbered: dict[str, Any]) -> dict[str, Any]:
    organization = order.organization
    return {
        "number": numbered["number"],
        "issued_on": numbered["issued_at"].date().isoformat(),
        "currency": order.currency,
        "order": order.number,
        "seller": {"name": rules.seller_name, "address": rules.seller_address,
                   "tax_number": rules.seller_tax_number, "country": rules.country},
        "buyer": {"name": organization.name, "slug": organization.slug, "email": order.email},
        "tax": order.quote["tax"],
    }  # fmt: skip


def _period(order: Order) -> dict[str, str] | None:
    """What the order pays for, as its subscription stands now."""
    row = order.subscription
    if row is None:
        return None
    row.refresh_from_db(fields=["period_start", "period_end"])
    return {
        "start": row.period_start.date().isoformat(),
        "end": row.period_end.date().isoformat(),
    }
