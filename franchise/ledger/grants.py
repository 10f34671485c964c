"""Credit comes in, is corrected by hand, and what of it can be spent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid
from franchise.ledger.book import (
    Book,
    Move,
    Words,
    check_amount,
    check_source,
    earlier,
    must_be_the_same,
    open_book,
    run,
)
from franchise.ledger.models import AccountKind, Category, Grant, Kind, LedgerTransaction
from franchise.ledger.order import take
from franchise.ledger.problems import NotEnoughCredit
from franchise.money import Money

GIVES = {
    Category.PROMOTIONAL: AccountKind.PROMOTION,
    Category.PAID: AccountKind.PREPAID,
    Category.GOODWILL: AccountKind.GOODWILL,
    Category.PEER: AccountKind.RECEIVABLE,
}
LONGEST_REASON = 300


def grant(
    *,
    organization_id: int,
    amount: Money,
    category: Category,
    source: str,
    actor: str,
    expires_at: datetime | None = None,
    priority: int = 50,
    campaign: str = "",
    peer: str = "",
    kind: Kind = Kind.GRANT,
    memo: str = "",
) -> Grant:
    """Give credit; a second time with the same `source` gives back the same grant.

    A redemption's source is `redemption:<id>`. `peer`: the Sovereign that pays for it, with
    `Category.PEER`. Joins the caller's transaction. Raises
    Invalid(field="amount"), SourceReused.
    """
    check_amount(amount)
    book = open_book(
        organization_id=organization_id,
        currency=amount.currency,
        accounts=(AccountKind.CREDIT, GIVES[Category(category)]),
    )
    if known := _given(check_source(source)):
        must_be_the_same(
            (known.organization_id, known.amount, known.category),
            (organization_id, amount, category),
        )
        return known
    made = Grant.objects.create(
        organization_id=organization_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        remaining_minor=amount.minor,
        category=category,
        priority=priority,
        expires_at=expires_at,
        source=source,
        campaign=campaign,
    )
    moves = (
        Move(AccountKind.CREDIT, amount.minor, made.pk),
        Move(GIVES[Category(category)], -amount.minor),
    )
    words = Words(actor=actor, campaign=campaign, memo=memo, peer=peer)
    book.write(kind, source, moves, words, made_with=made.pk)
    return made


def _given(source: str) -> Grant | None:
    """What came in under this name, if anything: mostly nothing, and that is told cheaply."""
    found = run("SELECT id FROM franchise_grant WHERE source = %s", [source])
    return Grant.objects.get(pk=found[0][0]) if found else None


def adjust(
    *,
    organization_id: int,
    amount: Money,
    reason: str,
    source: str,
    actor: str,
    expires_at: datetime | None = None,
    request: HttpRequest | None = None,
) -> LedgerTransaction:
    """Give goodwill, or take credit away (a negative amount), by hand and for a reason.

    Raises Invalid(field=…), NotEnoughCredit, SourceReused. Owns its transaction and its audit.
    """
    reason = " ".join(reason.split())
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise Invalid(_("Say why, in 3 to 300 characters."), field="reason")
    if not amount:
        raise Invalid(_("The amount is more than nothing."), field="amount")
    check_source(source)
    with transaction.atomic():
        book = open_book(
            organization_id=organization_id,
            currency=amount.currency,
            accounts=(AccountKind.CREDIT, AccountKind.GOODWILL),
        )
        if known := earlier(Kind.ADJUST, source):
            must_be_the_same((known.organization_id, known.memo), (organization_id, reason))
            return known
        if amount.minor > 0:
            grant(
                organization_id=organization_id, amount=amount, category=Category.GOODWILL,
                source=source, actor=actor, expires_at=expires_at, kind=Kind.ADJUST, memo=reason,
            )  # fmt: skip
        else:
            _take_away(book, -amount.minor, source, Words(actor=actor, memo=reason))
        made = LedgerTransaction.objects.get(kind=Kind.ADJUST, source=source)
        record(
            actor=actor, act="franchise.ledger-adjust", object=f"ledger-transaction:{made.pk}",
            after={"organization": organization_id, "amount": str(amount), "reason": reason},
            request=request,
        )  # fmt: skip
    return made


def take_back(*, source: str, actor: str, reason: str) -> bool:
    """Undo a grant of which nothing was used; whether it could be. Joins the transaction."""
    known = Grant.objects.filter(source=source).first()
    if known is None:
        return False
    gives = GIVES[Category(known.category)]
    book = open_book(
        organization_id=known.organization_id,
        currency=known.currency,
        accounts=(AccountKind.CREDIT, gives),
    )
    if earlier(Kind.ADJUST, undone := f"{source}:undone") is not None:
        return True
    whole = of(book).filter(pk=known.pk, remaining_minor=known.amount_minor, held_minor=0)
    if not whole.select_for_update().exists():
        return False
    moves = [
        Move(AccountKind.CREDIT, -known.amount_minor, known.pk),
        Move(gives, known.amount_minor),
    ]
    words = Words(actor=actor, memo=reason, campaign=known.campaign)
    book.write(Kind.ADJUST, undone, moves, words)
    return True


def _take_away(book: Book, wanted: int, source: str, words: Words) -> None:
    parts = list(take(usable(book), wanted))
    if (there := sum(part for _grant, part in parts)) < wanted:
        raise NotEnoughCredit(available=book.money(there), wanted=book.money(wanted))
    moves = [Move(AccountKind.CREDIT, -part, each.pk) for each, part in parts]
    book.write(Kind.ADJUST, source, [*moves, Move(AccountKind.GOODWILL, wanted)], words)


def usable(book: Book) -> QuerySet[Grant]:
    """Grants of an open book that may be spent now, locked.

    A statement of its own: its clock is later than the wait for the book.
    """
    return (
        of(book)
        .filter(remaining_minor__gt=0)
        .exclude(expires_at__lte=Now())
        .select_for_update()
        .order_by("id")
    )


def of(book: Book) -> QuerySet[Grant]:
    assert book.organization_id is not None, "another Sovereign has no grants here"
    return Grant.objects.filter(organization_id=book.organization_id, currency=book.currency)


def available(*, organization_id: int, currency: str) -> Money:
    """What could be spent now. Only `reserve` can promise it."""
    found = balances(organization_ids=[organization_id]).get(organization_id, [])
    return next((each for each in found if each.currency == currency), Money(0, currency))


def balances(*, organization_ids: list[int]) -> dict[int, list[Money]]:
    """What each Organization could spend now, one amount per currency; none where it has none."""
    sums = (
        Grant.objects.filter(organization_id__in=organization_ids, remaining_minor__gt=0)
        .exclude(expires_at__lte=Now())
        .values_list("organization_id", "currency")
        .annotate(total=Sum("remaining_minor"))
        .order_by("organization_id", "currency")
    )
    found: dict[int, list[Money]] = {}
    for organization_id, currency, total in sums:
        found.setdefault(organization_id, []).append(Money(int(total), currency))
    return found
