"""What came by card, went back, or was charged back: the book mirrors what the processor says.

A card pays `gross`; the sale's face value is that and the `rounding` that was given to the
customer, which is an expense of the franchisee.
"""

from __future__ import annotations

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from franchise.ledger.book import (
    Book,
    Move,
    Words,
    check_amount,
    check_source,
    earlier,
    must_be_the_same,
    open_book,
)
from franchise.ledger.models import AccountKind, Kind, LedgerEntry, LedgerTransaction
from franchise.ledger.problems import MoreThanThereWas
from franchise.ledger.share import SOLD, of_face, portion, share_now, sold
from franchise.money import Money

ACTOR = "system:billing"


def record_card_payment(
    *,
    organization_id: int,
    gross: Money,
    source: str,
    order: str,
    campaign: str = "",
    rounding: Money | None = None,
    actor: str = ACTOR,
) -> LedgerTransaction:
    """A card paid `gross` for an order; once for each `source`. Nothing, where all that was left
    to pay was rounded away.

    Joins the caller's transaction. Raises Invalid, SourceReused.
    """
    given = rounding or Money(0, gross.currency)
    check_amount(gross or given)
    book = _open(organization_id, gross.currency)
    if known := earlier(Kind.CARD_PAYMENT, check_source(source)):
        paid = -_card(known)
        must_be_the_same((known.organization_id, paid), (organization_id, gross.minor))
        return known
    face, share = (gross + given).minor, share_now()
    moves = [
        Move(AccountKind.CARD, -gross.minor),
        Move(AccountKind.ROUNDING, -given.minor),
        *sold(face, of_face(face, share)),
    ]
    words = Words(actor=actor, order=order, campaign=campaign, share=share)
    return book.write(Kind.CARD_PAYMENT, source, moves, words)


def record_card_refund(
    *, organization_id: int, amount: Money, source: str, payment_source: str, actor: str = ACTOR,
    memo: str = "",
) -> LedgerTransaction:  # fmt: skip
    """So much went back to the card that paid `payment_source`; once for each `source`.

    Joins the caller's transaction. Raises NotFound, MoreThanThereWas, Invalid, SourceReused.
    """
    return _take_back(
        Kind.CARD_REFUND, organization_id, check_amount(amount), source, payment_source,
        Words(actor=actor, memo=memo),
    )  # fmt: skip


def record_chargeback(
    *, organization_id: int, amount: Money, source: str, payment_source: str, actor: str = ACTOR,
    memo: str = "",
) -> LedgerTransaction:  # fmt: skip
    """The bank took so much of `payment_source` back, also if it was refunded before.

    Joins the caller's transaction. Raises NotFound, Invalid, SourceReused.
    """
    return _take_back(
        Kind.CHARGEBACK, organization_id, check_amount(amount), source, payment_source,
        Words(actor=actor, memo=memo),
    )  # fmt: skip


def record_chargeback_won(
    *, organization_id: int, amount: Money, source: str, payment_source: str, actor: str = ACTOR,
    memo: str = "",
) -> LedgerTransaction:  # fmt: skip
    """The bank gave back what it took. Joins the caller's transaction."""
    negative = Money(-check_amount(amount).minor, amount.currency)
    return _take_back(
        Kind.CHARGEBACK_WON, organization_id, negative, source, payment_source,
        Words(actor=actor, memo=memo),
    )  # fmt: skip


def _take_back(
    kind: Kind, organization_id: int, amount: Money, source: str, payment_source: str, words: Words
) -> LedgerTransaction:
    """Rounding and the franchisor's share go back in the same part as what the card paid."""
    book = _open(organization_id, amount.currency)
    payment = earlier(Kind.CARD_PAYMENT, payment_source)
    if payment is None or payment.organization_id != organization_id:
        raise NotFound(_("No card payment of this name was booked."))
    if known := earlier(kind, check_source(source)):
        must_be_the_same((known.reverses_id, _card(known)), (payment.pk, amount.minor))
        return known
    gross, rounding = -_card(payment), -_sum(payment, AccountKind.ROUNDING)
    before = _gone_back(payment)
    after = before + amount.minor
    if kind == Kind.CARD_REFUND and after > gross:
        raise MoreThanThereWas(left=book.money(max(0, gross - before)))

    def part(total: int) -> int:
        return portion(total, before=before, after=after, of=gross)

    given = part(rounding)
    wholesale = part(of_face(gross + rounding, payment.share))
    moves = [
        Move(AccountKind.CARD, amount.minor),
        Move(AccountKind.ROUNDING, given),
        *sold(-(amount.minor + given), -wholesale),
    ]
    said = Words(
        actor=words.actor, memo=words.memo, order=payment.order, campaign=payment.campaign,
        share=payment.share, reverses=payment,
    )  # fmt: skip
    return book.write(kind, source, moves, said)


def _open(organization_id: int, currency: str) -> Book:
    accounts = (AccountKind.CARD, AccountKind.ROUNDING, *SOLD)
    return open_book(organization_id=organization_id, currency=currency, accounts=accounts)


def _card(booked: LedgerTransaction) -> int:
    return _sum(booked, AccountKind.CARD)


def _sum(booked: LedgerTransaction, account: AccountKind) -> int:
    return _total(transaction=booked, account__kind=account)


def _gone_back(payment: LedgerTransaction) -> int:
    return _total(transaction__reverses=payment, account__kind=AccountKind.CARD)


def _total(**which: object) -> int:
    found = LedgerEntry.objects.filter(**which).aggregate(total=Sum("amount_minor"))
    return int(found["total"] or 0)
