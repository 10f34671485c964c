"""Credit is set aside, then spent or released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from franchise.ledger.book import (
    SYSTEM,
    Book,
    Move,
    Words,
    check_amount,
    check_source,
    earlier,
    must_be_the_same,
    open_book,
)
from franchise.ledger.grants import usable
from franchise.ledger.lapsing import end_all_credit, lapse
from franchise.ledger.models import (
    AccountKind,
    Hold,
    HoldPart,
    HoldState,
    Kind,
    LedgerEntry,
    LedgerTransaction,
)
from franchise.ledger.order import take
from franchise.ledger.problems import (
    HoldCommitted,
    HoldReleased,
    NotEnoughCredit,
)
from franchise.ledger.share import SOLD, of_face, share_now, sold
from franchise.money import Money

BATCH = 100


@dataclass(frozen=True, slots=True)
class Returned:
    """What went back to its grants; `lapsed` of it at once, because those grants have ended."""

    amount: Money
    lapsed: Money


def reserve(
    *,
    organization_id: int,
    amount: Money,
    source: str,
    expires_in: timedelta,
    actor: str = SYSTEM,
) -> Hold:
    """Set credit aside, for `expires_in` at least. The same `source` gives back the same hold, in
    whatever state it is by now.

    Joins the caller's transaction. Raises NotEnoughCredit with what there is, Invalid,
    SourceReused.
    """
    check_amount(amount)
    book = open_book(
        organization_id=organization_id,
        currency=amount.currency,
        accounts=(AccountKind.CREDIT, AccountKind.HELD),
    )
    if known := Hold.objects.filter(source=check_source(source)).first():
        must_be_the_same((known.organization_id, known.amount), (organization_id, amount))
        return known
    grants = list(usable(book))
    there = sum(each.remaining_minor for each in grants)
    if there < amount.minor:
        raise NotEnoughCredit(available=book.money(there), wanted=amount)
    hold = Hold.objects.create(
        source=source,
        organization_id=organization_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        expires_at=Now() + expires_in,
    )
    parts = list(take(grants, amount.minor))
    HoldPart.objects.bulk_create(
        HoldPart(hold=hold, grant=grant, amount_minor=part) for grant, part in parts
    )
    moves = _between(
        AccountKind.CREDIT, AccountKind.HELD, [(grant.pk, part) for grant, part in parts]
    )
    book.write(Kind.RESERVE, source, moves, Words(actor=actor))
    hold.refresh_from_db(fields=["expires_at"])
    return hold


def commit(*, source: str, actor: str, order: str = "", campaign: str = "") -> Hold:
    """Spend what was set aside; a second time changes nothing.

    A hold that is overdue but not released yet may still be spent. Joins the caller's transaction.
    Raises NotFound, HoldReleased.
    """
    book, hold = open_hold(source, AccountKind.HELD, *SOLD)
    if hold.state == HoldState.COMMITTED:
        return hold
    if hold.state == HoldState.RELEASED:
        raise HoldReleased(_("Reserve it again, or have it paid by card."))
    share = share_now()
    moves = [Move(AccountKind.HELD, -part.amount_minor, part.grant_id) for part in _parts(hold)]
    moves += sold(hold.amount_minor, of_face(hold.amount_minor, share))
    words = Words(actor=actor, order=order, campaign=campaign, share=share)
    book.write(Kind.COMMIT, source, moves, words)
    return _turn(hold, HoldState.COMMITTED)


def release(*, source: str, actor: str) -> Returned:
    """Let go of what was set aside; a second time gives the same answer.

    Joins the caller's transaction. Raises NotFound, HoldCommitted.
    """
    book, hold = open_hold(source, AccountKind.CREDIT, AccountKind.HELD, AccountKind.LAPSED)
    if hold.state == HoldState.COMMITTED:
        raise HoldCommitted(_("Nothing was released."))
    if hold.state == HoldState.HELD:
        parts = [(part.grant_id, part.amount_minor) for part in _parts(hold)]
        moves = _between(AccountKind.HELD, AccountKind.CREDIT, parts)
        book.write(Kind.RELEASE, source, moves, Words(actor=actor))
        _turn(hold, HoldState.RELEASED)
        lapse(book, dict(parts), f"release:{source}", Words(actor=actor))
    return Returned(hold.amount, lapsed_by(book, f"release:{source}"))


def spend(
    *,
    organization_id: int,
    amount: Money,
    source: str,
    actor: str,
    order: str = "",
    campaign: str = "",
) -> Hold:
    """Reserve and commit in one. Joins the caller's transaction."""
    at_once = timedelta()
    reserve(
        organization_id=organization_id, amount=amount, source=source, expires_in=at_once,
        actor=actor,
    )  # fmt: skip
    return commit(source=source, actor=actor, order=order, campaign=campaign)


def release_overdue() -> int:
    """Let go of holds whose time is over; returns how many. For every round."""
    overdue = Hold.objects.filter(state=HoldState.HELD, expires_at__lte=Now()).order_by("pk")
    sources = list(overdue.values_list("source", flat=True)[:BATCH])
    return sum(_let_go(source, SYSTEM) for source in sources)


def forfeit(*, organization_id: int, actor: str = SYSTEM) -> None:
    """The Organization is no more: its holds are released and all its credit lapses.

    Joins the caller's transaction; a second time nothing is left to end.
    """
    held = Hold.objects.filter(organization_id=organization_id, state=HoldState.HELD)
    for source in held.order_by("currency", "pk").values_list("source", flat=True):
        _let_go(source, actor)
    end_all_credit(organization_id=organization_id, actor=actor)


@transaction.atomic
def _let_go(source: str, actor: str) -> bool:
    """False: it was spent in the meantime."""
    try:
        release(source=source, actor=actor)
    except HoldCommitted:
        return False
    return True


def open_hold(source: str, *accounts: AccountKind) -> tuple[Book, Hold]:
    """The book that a hold is in, and the hold as it is now that nobody else can change it."""
    found = Hold.objects.filter(source=source).first()
    if found is None:
        raise NotFound(_("No credit was reserved for this."))
    book = open_book(
        organization_id=found.organization_id, currency=found.currency, accounts=accounts
    )
    return book, Hold.objects.get(pk=found.pk)


def _parts(hold: Hold) -> list[HoldPart]:
    return list(hold.parts.order_by("pk"))


def _between(
    giving: AccountKind, getting: AccountKind, parts: Sequence[tuple[int, int]]
) -> list[Move]:
    return [
        move
        for grant_id, minor in parts
        for move in (Move(giving, -minor, grant_id), Move(getting, minor, grant_id))
    ]


def _turn(hold: Hold, to: HoldState) -> Hold:
    hold.state = to
    hold.save(update_fields=["state"])
    return hold


def lapsed_by(book: Book, source: str) -> Money:
    gone = earlier(Kind.EXPIRE, source)
    return sum_of(book, gone, AccountKind.LAPSED) if gone else book.money(0)


def sum_of(book: Book, booked: LedgerTransaction, account: AccountKind) -> Money:
    entries = LedgerEntry.objects.filter(transaction=booked, account__kind=account)
    return book.money(int(entries.aggregate(total=Sum("amount_minor"))["total"] or 0))
