"""Credit ends with its grant: what is left then lapses, and so does what comes back later."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from franchise.ledger.book import Book, Move, Words, open_book
from franchise.ledger.grants import of
from franchise.ledger.models import AccountKind, Grant, Kind
from franchise.money import Money

BATCH = 100


def lapse(book: Book, parts: Mapping[int, int], source: str, words: Words) -> Money:
    """Of `{grant: amount}` take away what is of a grant that has ended; returns how much."""
    ended = of(book).filter(pk__in=parts, expires_at__lte=Now()).values_list("pk", flat=True)
    return _end(book, {pk: parts[pk] for pk in sorted(ended)}, source, words)


def expire_due() -> int:
    """Take away what is left of grants that have ended; returns how many of them.

    For every round: quick, one transaction for each Organization and currency.
    """
    due = Grant.objects.filter(remaining_minor__gt=0, expires_at__lte=Now())
    books = due.values_list("organization_id", "currency").order_by("organization_id").distinct()
    return sum(_expire(organization_id, currency) for organization_id, currency in books[:BATCH])


@transaction.atomic
def _expire(organization_id: int, currency: str) -> int:
    book = _open(organization_id, currency)
    due = of(book).filter(remaining_minor__gt=0, expires_at__lte=Now())
    return _end_all(book, due, Words())


def end_all_credit(*, organization_id: int, actor: str) -> None:
    """Whatever could still be spent, lapses. Joins the caller's transaction."""
    left = Grant.objects.filter(organization_id=organization_id, remaining_minor__gt=0)
    for currency in sorted(set(left.values_list("currency", flat=True))):
        book = _open(organization_id, currency)
        _end_all(book, of(book).filter(remaining_minor__gt=0), Words(actor=actor))


def _end_all(book: Book, grants: QuerySet[Grant], words: Words) -> int:
    rows = grants.order_by("id").select_for_update()
    parts = dict(rows.values_list("pk", "remaining_minor"))
    _end(book, parts, f"due:{uuid.uuid4()}", words)
    return len(parts)


def _end(book: Book, parts: Mapping[int, int], source: str, words: Words) -> Money:
    total = sum(parts.values())
    if total:
        moves = [Move(AccountKind.CREDIT, -minor, pk) for pk, minor in parts.items()]
        book.write(Kind.EXPIRE, source, [*moves, Move(AccountKind.LAPSED, total)], words)
    return book.money(total)


def _open(organization_id: int, currency: str) -> Book:
    return open_book(
        organization_id=organization_id,
        currency=currency,
        accounts=(AccountKind.CREDIT, AccountKind.LAPSED),
    )
