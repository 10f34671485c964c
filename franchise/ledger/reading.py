"""The book as people read it: an Organization's own history, and all of it for those who settle."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from franchise.ledger.models import (
    OF_THE_CUSTOMER,
    Kind,
    LedgerEntry,
    LedgerTransaction,
)
from franchise.money import Money
from franchise.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Past:
    """What changed the credit an Organization owns: positive when it got some."""

    transaction: LedgerTransaction
    amount: Money


@dataclass(frozen=True, slots=True)
class History:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Past]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class Booked:
    """A transaction and what it moved: the sum of what its accounts got."""

    transaction: LedgerTransaction
    amounts: list[Money]


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Booked]
    next_before: int | None


def history(*, organization_id: int, before: int | None = None, limit: int = 50) -> History:
    """What came, was spent, lapsed and came back; reservations change nothing that is owned."""
    rows = (
        _older(LedgerTransaction.objects.filter(organization_id=organization_id), before)
        .exclude(kind__in=(Kind.RESERVE, Kind.RELEASE))
        .filter(entries__account__kind__in=OF_THE_CUSTOMER)
        .annotate(moved=Sum("entries__amount_minor"))
        .values_list("pk", "entries__account__currency", "moved")
    )
    found = list(rows[: limit + 1])
    shown = LedgerTransaction.objects.in_bulk([pk for pk, _currency, _moved in found[:limit]])
    past = [Past(shown[pk], Money(int(moved), currency)) for pk, currency, moved in found[:limit]]
    return History(past, past[-1].transaction.pk if len(found) > limit else None)


def page(
    *, organization: str = "", kind: str = "", before: int | None = None, limit: int = 50
) -> Page:
    """Transactions newest first, by key. `organization`: its short name, or part of its name."""
    rows = _older(LedgerTransaction.objects.select_related("organization"), before)
    if organization:
        rows = rows.filter(
            Q(organization__slug=organization) | Q(organization__name__icontains=organization)
        )
    if kind:
        rows = rows.filter(kind=kind)
    found = list(rows[: limit + 1])
    moved = _moved([row.pk for row in found[:limit]])
    shown = [Booked(row, moved[row.pk]) for row in found[:limit]]
    return Page(shown, found[limit - 1].pk if len(found) > limit else None)


def one(*, transaction_id: int) -> LedgerTransaction:
    """With its entries. Raises NotFound."""
    entries = LedgerEntry.objects.select_related("account", "grant").order_by("pk")
    rows = LedgerTransaction.objects.select_related("organization", "reverses").prefetch_related(
        Prefetch("entries", queryset=entries),
        Prefetch("reversed_by", queryset=LedgerTransaction.objects.order_by("pk")),
    )
    found = rows.filter(pk=transaction_id).first()
    if found is None:
        raise NotFound(_("There is no such transaction in the ledger."))
    return found


def _older(rows: QuerySet[LedgerTransaction], before: int | None) -> QuerySet[LedgerTransaction]:
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")


def _moved(transactions: list[int]) -> dict[int, list[Money]]:
    sums = (
        LedgerEntry.objects.filter(transaction_id__in=transactions, amount_minor__gt=0)
        .values_list("transaction_id", "account__currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("transaction_id", "account__currency")
    )
    moved: dict[int, list[Money]] = defaultdict(list)
    for pk, currency, total in sums:
        moved[pk].append(Money(int(total), currency))
    return moved


def has_bought(*, organization_id: int) -> bool:
    """Has it ever paid for anything, by credit or by card, whatever became of it?"""
    paid = LedgerTransaction.objects.filter(kind__in=(Kind.COMMIT, Kind.CARD_PAYMENT))
    return paid.filter(organization_id=organization_id).exists()


def organization_of(*, slug: str) -> Organization | None:
    return Organization.objects.filter(slug=slug).first()
