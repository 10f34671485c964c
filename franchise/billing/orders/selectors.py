"""Orders as staff find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from franchise.billing.orders.models import Order


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Order]
    next_before: int | None


def found(*, search: str = "", state: str = "", purpose: str = "") -> QuerySet[Order]:
    """By number, Organization, who placed it, invoice or the provider's reference; newest first."""
    rows = Order.objects.select_related("organization").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if purpose:
        rows = rows.filter(purpose=purpose)
    if words := search.strip():
        rows = rows.filter(
            Q(number__iexact=words)
            | Q(organization__slug=words.lower())
            | Q(organization__name__icontains=words)
            | Q(placed_by__icontains=words)
            | Q(invoice__number__iexact=words)
            | Q(payment_reference=words)
        )
    return rows


def page(
    *, search: str = "", state: str = "", purpose: str = "", before: int | None = None,
    limit: int = 50,
) -> Page:  # fmt: skip
    """By key."""
    rows = found(search=search, state=state, purpose=purpose)
    if before is not None:
        rows = rows.filter(id__lt=before)
    there = list(rows[: limit + 1])
    return Page(there[:limit], there[limit - 1].pk if len(there) > limit else None)


def table(*, search: str = "", state: str = "", purpose: str = "") -> Iterator[list[object]]:
    """For the CSV file: amounts in major units with their currency beside them."""
    for order in found(search=search, state=state, purpose=purpose).iterator(chunk_size=500):
        yield [
            order.number, order.created_at.isoformat(timespec="seconds"), order.organization.slug,
            order.purpose, order.state, order.currency,
            *(str(order.money(part)).split(" ", 1)[1]
              for part in ("total", "tax", "credit", "card", "rounding")),
            order.placed_by,
        ]  # fmt: skip


HEADER = (
    "number", "created_at", "organization", "purpose", "state", "currency", "total", "tax",
    "credit", "card", "rounding", "placed_by",
)  # fmt: skip


def one(*, order_id: int) -> Order:
    """With its lines, events and refunds at hand. Raises NotFound."""
    rows = Order.objects.select_related("organization", "subscription", "invoice")
    order = rows.prefetch_related("lines", "events", "refunds__credit_note").filter(pk=order_id)
    if (found_one := order.first()) is None:
        raise NotFound(_("There is no such order."))
    return found_one
