"""The nightly check finds what does not fit, says so, and runs once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from catalyst.models import AuditEvent
from franchise.ledger import services as ledger
from franchise.ledger.models import Grant, Hold, LedgerAccount, LedgerCheck
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.ledger.conftest import omr

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_use(organization, give) -> None:
    """The Organization has a grant, a hold and something spent."""
    give(1_000)
    ledger.reserve(
        organization_id=organization.pk, amount=omr(300), source="order:1",
        expires_in=timedelta(hours=1),
    )  # fmt: skip
    ledger.spend(organization_id=organization.pk, amount=omr(200), source="order:2", actor="test")
    assert ledger.check() == []


@pytest.fixture
def the_book_fits() -> None:
    """Not here."""


BREAKS = {
    "balance": lambda: LedgerAccount.objects.filter(kind="credit").update(balance_minor=501),
    "remaining": lambda: Grant.objects.update(remaining_minor=499),
    "held": lambda: Grant.objects.update(held_minor=299),
    "hold": lambda: Hold.objects.filter(source="order:1").update(amount_minor=299),
    "sum": lambda: one_entry_more(),
}


@pytest.mark.parametrize("what", BREAKS)
def test_given_a_row_that_was_changed_when_checked_then_found(in_use, what: str) -> None:
    BREAKS[what]()
    assert what in {each.what for each in ledger.check()}


def test_given_a_book_that_does_not_fit_when_the_night_comes_then_kept_and_audited(in_use) -> None:
    BREAKS["balance"]()
    kept = ledger.check_tonight()
    assert kept is not None
    (problem,) = kept.problems
    assert (problem["kept"], problem["booked"]) == (501, 500)
    event = AuditEvent.objects.get(act="franchise.ledger-discrepancy")
    assert event.after["discrepancies"] == 1


def test_given_a_book_that_fits_when_the_night_comes_then_once_a_day(in_use) -> None:
    assert ledger.is_due()
    kept = ledger.check_tonight()
    assert kept is not None and (kept.problems, kept.transactions) == ([], 4)
    assert not ledger.is_due()
    assert ledger.check_tonight() is None
    LedgerCheck.objects.update(day=kept.day - timedelta(days=1))
    assert ledger.is_due()
    assert ledger.check_tonight() is not None
    assert ledger.last_check() == LedgerCheck.objects.order_by("pk").last()
    assert not AuditEvent.objects.filter(act="franchise.ledger-discrepancy").exists()


@pytest.mark.django_db(transaction=True)
def test_given_many_workers_when_the_night_comes_then_one_checks() -> None:
    answers = at_once(5, lambda _: ledger.check_tonight())
    assert sum(isinstance(answer, LedgerCheck) for answer in answers) == 1
    assert LedgerCheck.objects.count() == 1


def one_entry_more() -> None:
    """Behind the back of the triggers, as an owner of the tables could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE franchise_ledger_entry DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO franchise_ledger_entry (transaction_id, account_id, amount_minor)"
            " SELECT min(t.id), min(a.id), 1"
            " FROM franchise_ledger_transaction t, franchise_ledger_account a"
        )
