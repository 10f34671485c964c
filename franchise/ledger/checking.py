"""Is what is kept beside the book what the book says? Every night, and whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now, TruncDate

from catalyst.audit.services import record
from catalyst.work import locks
from franchise.ledger.book import SYSTEM
from franchise.ledger.models import (
    AccountKind,
    Grant,
    Hold,
    HoldState,
    LedgerAccount,
    LedgerCheck,
    LedgerTransaction,
)

log = structlog.get_logger(__name__)
MOST_KEPT = 100
LOCK = "ledger: check"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """`where` differs: `kept` beside the book, `booked` in it. Minor units."""

    what: str
    where: str
    kept: int
    booked: int


def check() -> list[Discrepancy]:
    """All that does not fit. Each kind is one statement, which sees one state of the world."""
    return [*_balances(), *_grants(), *_sums(), *_holds()]


def _balances() -> Iterator[Discrepancy]:
    kept = LedgerAccount.objects.annotate(booked=Coalesce(Sum("entries__amount_minor"), 0))
    for row in kept.exclude(balance_minor=F("booked")).order_by("pk"):
        where = f"account:{row.pk}"
        yield Discrepancy("balance", where, row.balance_minor, int(row.booked))


def _grants() -> Iterator[Discrepancy]:
    for account, column in (
        (AccountKind.CREDIT, "remaining_minor"),
        (AccountKind.HELD, "held_minor"),
    ):
        booked = Sum("entries__amount_minor", filter=Q(entries__account__kind=account))
        rows = Grant.objects.annotate(booked=Coalesce(booked, 0))
        for row in rows.exclude(**{column: F("booked")}).order_by("pk"):
            what = column.removesuffix("_minor")
            yield Discrepancy(what, f"grant:{row.pk}", getattr(row, column), int(row.booked))


def _sums() -> Iterator[Discrepancy]:
    sums = LedgerTransaction.objects.values("pk", "entries__account__currency")
    for row in sums.annotate(total=Sum("entries__amount_minor")).exclude(total=0).order_by("pk"):
        where = f"transaction:{row['pk']}"
        yield Discrepancy("sum", where, 0, int(row["total"] or 0))


def _holds() -> Iterator[Discrepancy]:
    """Parts are what was set aside, and what grants say is held is of holds that are held."""
    parts = Hold.objects.annotate(booked=Coalesce(Sum("parts__amount_minor"), 0))
    for row in parts.exclude(amount_minor=F("booked")).order_by("pk"):
        yield Discrepancy("hold", f"hold:{row.pk}", row.amount_minor, int(row.booked))
    held = Sum("parts__amount_minor", filter=Q(parts__hold__state=HoldState.HELD))
    grants = Grant.objects.annotate(booked=Coalesce(held, 0))
    for grant in grants.exclude(held_minor=F("booked")).order_by("pk"):
        yield Discrepancy("held", f"grant:{grant.pk}", grant.held_minor, int(grant.booked))


def is_due() -> bool:
    """Once a day, by the database's clock (UTC). For every round."""
    return not _today().exists()


def check_tonight() -> LedgerCheck | None:
    """Check and keep what was found; None when it was done, or somebody is at it.

    What does not fit is logged and audited.
    """
    with transaction.atomic():
        if not locks.take(LOCK) or not is_due():
            return None
        return _look()


def check_now(*, actor: str) -> LedgerCheck:
    """Because somebody asks; today's result is replaced. Audited."""
    with transaction.atomic():
        locks.hold(LOCK)
        kept = _look()
        record(
            actor=actor, act="franchise.ledger-check", object=f"ledger-check:{kept.pk}",
            after={"discrepancies": len(kept.problems)},
        )  # fmt: skip
    return kept


def _look() -> LedgerCheck:
    found = check()
    _today().delete()
    kept = LedgerCheck.objects.create(
        day=TruncDate(Now()),
        transactions=LedgerTransaction.objects.count(),
        problems=[asdict(each) for each in found[:MOST_KEPT]],
    )
    if found:
        log.error("the ledger does not fit", discrepancies=len(found), first=asdict(found[0]))
        record(
            actor=SYSTEM,
            act="franchise.ledger-discrepancy",
            object=f"ledger-check:{kept.pk}",
            after={"discrepancies": len(found), "first": asdict(found[0])},
        )
    return kept


def last_check() -> LedgerCheck | None:
    return LedgerCheck.objects.order_by("-day").first()


def _today() -> QuerySet[LedgerCheck]:
    return LedgerCheck.objects.filter(day=TruncDate(Now()))
