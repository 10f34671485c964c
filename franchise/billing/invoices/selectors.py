"""Invoices and credit notes as staff find them: one kind at a time, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from franchise.billing.invoices.models import CreditNote, Invoice

Paper = Invoice | CreditNote
HEADER = ("number", "issued_at", "organization", "currency", "total", "tax", "order")


@dataclass(frozen=True, slots=True)
class Page:
    """`next_before` is the id to give for the following page."""

    rows: list[Paper]
    next_before: int | None


def found(*, search: str = "", notes: bool = False) -> QuerySet[Invoice] | QuerySet[CreditNote]:
    """By number, order or Organization."""
    words = search.strip()
    if notes:
        rows = CreditNote.objects.select_related("organization", "invoice").order_by("-id")
        return rows.filter(_named(words) | Q(invoice__number__iexact=words)) if words else rows
    kept = Invoice.objects.select_related("organization", "order").order_by("-id")
    return kept.filter(_named(words) | Q(order__number__iexact=words)) if words else kept


def page(
    *, search: str = "", notes: bool = False, before: int | None = None, limit: int = 50
) -> Page:
    """By key."""
    rows = found(search=search, notes=notes)
    if before is not None:
        rows = rows.filter(id__lt=before)
    there: list[Paper] = list(rows[: limit + 1])
    return Page(there[:limit], there[limit - 1].pk if len(there) > limit else None)


def table(*, search: str = "", notes: bool = False) -> Iterator[list[object]]:
    """For the CSV file."""
    for paper in found(search=search, notes=notes).iterator(chunk_size=500):
        yield [
            paper.number, paper.issued_at.isoformat(timespec="seconds"), paper.organization.slug,
            paper.currency, str(paper.total).split(" ", 1)[1], str(paper.tax).split(" ", 1)[1],
            paper.snapshot["order"],
        ]  # fmt: skip


def _named(words: str) -> Q:
    return (
        Q(number__iexact=words)
        | Q(organization__slug=words.lower())
        | Q(organization__name__icontains=words)
    )
