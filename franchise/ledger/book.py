"""The one place that writes in the book.

`open_book` locks one Organization's accounts of one currency until the caller's transaction ends;
whoever spends, gives or gives back goes through it, then looks at grants. Code of the caller's
that takes other locks takes them before. All of the ledger joins the caller's transaction, and is
its own audit: who, when, what, and no row ever changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from catalyst.problem import Invalid, NotFound
from franchise.ledger.models import (
    OF_THE_CUSTOMER,
    AccountKind,
    Kind,
    LedgerEntry,
    LedgerTransaction,
)
from franchise.ledger.problems import SourceReused
from franchise.money import Money

LONGEST_SOURCE = 100  # of a caller's; the book's own have a word before it
SYSTEM = "system:ledger"

# One statement, so that two that make the same account wait for each other. The Organization comes
# first, as for whoever ends one: its row is what the rows to come refer to.
OPEN = """
WITH o AS MATERIALIZED (SELECT id FROM franchise_organization WHERE id = %s FOR KEY SHARE)
INSERT INTO franchise_ledger_account AS a (organization_id, kind, currency, balance_minor)
SELECT o.id, k.kind, %s, 0
FROM o, unnest(%s::text[]) WITH ORDINALITY AS k (kind, place) ORDER BY k.place
ON CONFLICT (organization_id, kind, currency) DO UPDATE SET balance_minor = a.balance_minor
RETURNING a.kind, a.id
"""

OPEN_PEER = """
INSERT INTO franchise_ledger_account AS a (peer, kind, currency, balance_minor)
SELECT %s, k.kind, %s, 0 FROM unnest(%s::text[]) WITH ORDINALITY AS k (kind, place) ORDER BY k.place
ON CONFLICT (peer, kind, currency) WHERE organization_id IS NULL
DO UPDATE SET balance_minor = a.balance_minor
RETURNING a.kind, a.id
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One entry to be: `minor` is positive where the account gets."""

    account: AccountKind
    minor: int
    grant_id: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What a transaction says of itself beside its entries."""

    actor: str = SYSTEM
    memo: str = ""
    order: str = ""
    campaign: str = ""
    share: int | None = None
    peer: str = ""
    reverses: LedgerTransaction | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """One Organization's accounts of one currency, locked: id by kind; or another Sovereign's."""

    organization_id: int | None
    currency: str
    accounts: dict[str, int]

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def write(
        self,
        kind: Kind,
        source: str,
        moves: Sequence[Move],
        words: Words,
        *,
        made_with: int | None = None,
    ) -> LedgerTransaction:
        """Add a transaction; balances and grants follow from its entries.

        `made_with`: the grant that came with it, whose row has its first amount already.
        """
        moves = [move for move in moves if move.minor]
        self._count(moves)
        _count_grants([move for move in moves if move.grant_id not in (None, made_with)])
        made = LedgerTransaction.objects.create(
            organization_id=self.organization_id,
            kind=kind,
            source=source,
            actor=words.actor,
            memo=words.memo,
            order=words.order,
            campaign=words.campaign,
            share=words.share,
            peer=words.peer,
            reverses=words.reverses,
        )
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                transaction=made,
                account_id=self.accounts[move.account],
                grant_id=move.grant_id,
                amount_minor=move.minor,
            )
            for move in moves
        )
        return made

    def _count(self, moves: Sequence[Move]) -> None:
        sums: dict[int, int] = defaultdict(int)
        for move in moves:
            sums[self.accounts[move.account]] += move.minor
        run(
            "UPDATE franchise_ledger_account AS a SET balance_minor = a.balance_minor + m.minor "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS m (id, minor) WHERE a.id = m.id",
            [list(sums), list(sums.values())],
        )


def open_book(*, organization_id: int, currency: str, accounts: Sequence[AccountKind]) -> Book:
    """Lock what is named, after the credit account; accounts that are not there yet are made.

    Raises NotFound; TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the ledger joins its caller's transaction")
    kinds = list(dict.fromkeys((AccountKind.CREDIT, *sorted(accounts))))
    found = run(OPEN, [organization_id, currency, kinds])
    if not found:
        raise NotFound(_("There is no such Organization."))
    return Book(organization_id, currency, {str(kind): int(pk) for kind, pk in found})


def open_peer_book(*, peer: str, currency: str, accounts: Sequence[AccountKind]) -> Book:
    """As `open_book`, of the accounts that are another Sovereign's by name."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the ledger joins its caller's transaction")
    found = run(OPEN_PEER, [peer, currency, sorted(accounts)])
    return Book(None, currency, {str(kind): int(pk) for kind, pk in found})


def earlier(kind: Kind, source: str) -> LedgerTransaction | None:
    """What was booked under this name, if anything. To be asked after `open_book`."""
    return LedgerTransaction.objects.filter(kind=kind, source=source).first()


def must_be_the_same(known: object, asked: object) -> None:
    """Raises SourceReused: a second request of the same name has other values."""
    if known != asked:
        raise SourceReused(f"Booked: {known}. Asked: {asked}.")


def check_source(source: str) -> str:
    if not 1 <= len(source) <= LONGEST_SOURCE:
        raise ValueError(f"a source has 1 to {LONGEST_SOURCE} characters")
    return source


def check_amount(amount: Money) -> Money:
    """Raises Invalid(field="amount")."""
    if amount.minor <= 0:
        raise Invalid(_("The amount is more than nothing."), field="amount")
    return amount


def _count_grants(moves: Sequence[Move]) -> None:
    """`remaining` follows the credit account, `held` the held one."""
    if not moves:
        return
    changes: dict[int | None, dict[AccountKind, int]] = defaultdict(
        lambda: dict.fromkeys(OF_THE_CUSTOMER, 0)
    )
    for move in moves:
        changes[move.grant_id][move.account] += move.minor
    run(
        "UPDATE franchise_grant AS g SET remaining_minor = g.remaining_minor + m.credit,"
        " held_minor = g.held_minor + m.held"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS m (id, credit, held)"
        " WHERE g.id = m.id",
        [
            list(changes),
            [change[AccountKind.CREDIT] for change in changes.values()],
            [change[AccountKind.HELD] for change in changes.values()],
        ],
    )


def run(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """One statement of the ledger's, and its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
