"""What Sovereigns owe each other for vouchers that one of them signed and another redeemed.

Where it was redeemed the credit is given against `receivable`, on the customer's own accounts;
where it was signed the same amount is a promotion that is owed: `payable`, on the other's account.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from franchise.ledger.book import (
    Move,
    Words,
    check_amount,
    check_source,
    earlier,
    must_be_the_same,
    open_peer_book,
)
from franchise.ledger.models import AccountKind, Kind, LedgerEntry, LedgerTransaction
from franchise.money import Money


@dataclass(frozen=True, slots=True)
class Between:
    """One other Sovereign and one currency, since the beginning."""

    peer: str
    they_owe: Money
    we_owe: Money


def owe(
    *, peer: str, amount: Money, source: str, actor: str, campaign: str = ""
) -> LedgerTransaction:
    """Book that `peer` gave credit for a voucher of ours. A second time with the same `source`
    changes nothing. Joins the caller's transaction. Raises Invalid(field="amount"), SourceReused.
    """
    check_amount(amount)
    accounts = (AccountKind.PAYABLE, AccountKind.PROMOTION)
    book = open_peer_book(peer=peer, currency=amount.currency, accounts=accounts)
    if known := earlier(Kind.OWED, check_source(source)):
        must_be_the_same(known.peer, peer)
        return known
    moves = (
        Move(AccountKind.PAYABLE, amount.minor),
        Move(AccountKind.PROMOTION, -amount.minor),
    )
    return book.write(Kind.OWED, source, moves, Words(actor=actor, campaign=campaign, peer=peer))


def between() -> list[Between]:
    """All that is owed, by name and currency."""
    sums = (
        LedgerEntry.objects.filter(account__kind__in=(AccountKind.RECEIVABLE, AccountKind.PAYABLE))
        .values_list("transaction__peer", "account__currency", "account__kind")
        .annotate(total=Sum("amount_minor"))
    )
    found = {(peer, currency, kind): int(total) for peer, currency, kind, total in sums}
    return [
        Between(
            peer,
            Money(-found.get((peer, currency, AccountKind.RECEIVABLE), 0), currency),
            Money(found.get((peer, currency, AccountKind.PAYABLE), 0), currency),
        )
        for peer, currency in sorted({key[:2] for key in found})
    ]
