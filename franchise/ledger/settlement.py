"""A month as franchisor and franchisee settle it, per currency. Months are UTC.

`base` is what the franchisor's share is of: everything sold at face value, however it was paid,
without what went back. The share itself is what was booked at each sale, under the percentage
that was set then; with none set, only the base is shown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.ledger.models import AccountKind, Kind, LedgerEntry
from franchise.money import Money

GIVES = (
    AccountKind.PROMOTION, AccountKind.PREPAID, AccountKind.GOODWILL, AccountKind.RECEIVABLE,
)  # fmt: skip
BACK = (Kind.REFUND, Kind.CARD_REFUND)
CHARGED_BACK = (Kind.CHARGEBACK, Kind.CHARGEBACK_WON)


FIGURES = (
    ("gross", lazy("Sold at face value")),
    ("credit_funded", lazy("of it paid by credit")),
    ("card_funded", lazy("of it paid by card")),
    ("rounding", lazy("of it rounded off in the customer's favour")),
    ("refunds", lazy("Refunds")),
    ("chargebacks", lazy("Chargebacks")),
    ("base", lazy("Base of the franchisor's share")),
    ("without_share", lazy("of it without an agreed share")),
    ("wholesale", lazy("Owed to the franchisor (wholesale)")),
    ("margin", lazy("Left to the franchisee (margin)")),
    ("credit_given", lazy("Credit given, at face value")),
    ("credit_lapsed", lazy("Credit that lapsed unused")),
    ("owed_by_peers", lazy("Owed by other Sovereigns, whose vouchers were redeemed here")),
    ("owed_to_peers", lazy("Owed to other Sovereigns, where our vouchers were redeemed")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One currency. `gross` = `credit_funded` + `card_funded` + `rounding`;
    `base` = `gross` - `refunds` - `chargebacks`.

    `wholesale` is owed to the franchisor of the part of the base that was booked with a share,
    `margin` is the rest of that part; `without_share` is the part that was booked with none.
    """

    currency: str
    gross: Money
    credit_funded: Money
    card_funded: Money
    rounding: Money
    refunds: Money
    chargebacks: Money
    base: Money
    without_share: Money
    wholesale: Money
    margin: Money
    credit_given: Money
    credit_lapsed: Money
    owed_by_peers: Money
    owed_to_peers: Money
    has_share: bool

    def figure(self, name: str) -> Money | None:
        """None: it cannot be said, because nothing was sold under an agreed share."""
        if name in ("wholesale", "margin") and not self.has_share:
            return None
        amount: Money = getattr(self, name)
        return amount

    @property
    def figures(self) -> list[tuple[str, Money | None]]:
        """In words and in order, as the page has them."""
        return [(str(words), self.figure(name)) for name, words in FIGURES]


@dataclass(frozen=True, slots=True)
class Settlement:
    year: int
    month: int
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return f"{self.year}-{self.month:02}"


def settlement(*, year: int, month: int) -> Settlement:
    """What the book says of a month. Raises Invalid(field="month")."""
    since, until = _bounds(year, month)
    sums = (
        LedgerEntry.objects.filter(
            transaction__created_at__gte=since, transaction__created_at__lt=until
        )
        .values_list(
            "account__currency", "account__kind", "transaction__kind", "transaction__share"
        )
        .annotate(total=Sum("amount_minor"))
    )
    found: dict[str, _Sums] = defaultdict(_Sums)
    for currency, account, kind, share, total in sums:
        found[currency].add(account, kind, share is not None, int(total))
    lines = tuple(found[currency].line(currency) for currency in sorted(found))
    return Settlement(year, month, lines)


class _Sums:
    """What moved on accounts, by account, kind of transaction, and whether a share was booked."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, bool], int] = defaultdict(int)

    def add(self, account: str, kind: str, shared: bool, total: int) -> None:
        self._sums[account, kind, shared] += total

    def of(self, account: AccountKind, *kinds: Kind, shared: bool | None = None) -> int:
        return sum(
            total
            for (found, kind, with_share), total in self._sums.items()
            if found == account
            and (not kinds or kind in kinds)
            and (shared is None or with_share == shared)
        )

    def line(self, currency: str) -> Line:
        def money(minor: int) -> Money:
            return Money(minor, currency)

        sales = AccountKind.SALES
        credit = self.of(sales, Kind.COMMIT)
        by_card = self.of(sales, Kind.CARD_PAYMENT)
        rounding = -self.of(AccountKind.ROUNDING, Kind.CARD_PAYMENT)
        wholesale = self.of(AccountKind.FRANCHISOR)
        return Line(
            currency=currency,
            gross=money(credit + by_card),
            credit_funded=money(credit),
            card_funded=money(by_card - rounding),
            rounding=money(rounding),
            refunds=money(-self.of(sales, *BACK)),
            chargebacks=money(-self.of(sales, *CHARGED_BACK)),
            base=money(self.of(sales)),
            without_share=money(self.of(sales, shared=False)),
            wholesale=money(wholesale),
            margin=money(self.of(sales, shared=True) - wholesale),
            credit_given=money(-sum(self.of(account) for account in GIVES)),
            credit_lapsed=money(self.of(AccountKind.LAPSED)),
            owed_by_peers=money(-self.of(AccountKind.RECEIVABLE)),
            owed_to_peers=money(self.of(AccountKind.PAYABLE)),
            has_share=any(shared for account, _kind, shared in self._sums if account == sales),
        )


def _bounds(year: int, month: int) -> tuple[datetime, datetime]:
    if not (2000 <= year <= 9998 and 1 <= month <= 12):
        raise Invalid(_("Choose a month like 2026-11."), field="month")
    following = (year + month // 12, month % 12 + 1)
    return datetime(year, month, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)
