"""The database itself keeps the book: nothing changes, all sums to zero, no credit is below it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from catalyst.audit.role import append_only
from franchise.ledger.models import (
    AccountKind,
    Grant,
    Kind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
)
from tests.integration.franchise.ledger.conftest import make_organization, must_be_sound

pytestmark = pytest.mark.django_db
BOOK = ["franchise_ledger_transaction", "franchise_ledger_entry"]


@pytest.mark.parametrize("table", BOOK)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_given_the_owner_of_the_tables_when_changing_the_book_then_refused(
    give, table: str, change: str
) -> None:
    give(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(change.format(table))


def test_given_the_book_when_the_role_gets_its_rights_then_only_adding_to_it() -> None:
    assert set(BOOK) <= set(append_only())


def test_given_one_sided_entries_when_the_transaction_ends_then_refused(organization) -> None:
    entry(transaction_of(organization), account(organization, AccountKind.PROMOTION), -1)
    is_refused("does not sum to zero")


def test_given_two_currencies_that_only_together_sum_to_zero_when_it_ends_then_refused(
    organization,
) -> None:
    made = transaction_of(organization)
    entry(made, account(organization, AccountKind.CREDIT, "OMR"), 1)
    entry(made, account(organization, AccountKind.PROMOTION, "EUR"), -1)
    is_refused("does not sum to zero")


def test_given_no_entries_when_the_transaction_ends_then_refused(organization) -> None:
    transaction_of(organization)
    is_refused("has no entries")


def test_given_an_old_transaction_when_an_entry_is_added_then_refused(organization, give) -> None:
    give(1)
    must_be_sound()
    entry(LedgerTransaction.objects.get(), LedgerAccount.objects.first(), 1)
    is_refused("does not sum to zero")


@pytest.mark.parametrize("kind", [AccountKind.CREDIT, AccountKind.HELD])
def test_w04_given_credit_when_it_would_go_below_zero_then_the_database_refuses(
    organization, kind: str
) -> None:
    account(organization, kind)
    with pytest.raises(IntegrityError, match="not_below_zero"), transaction.atomic():
        LedgerAccount.objects.filter(kind=kind).update(balance_minor=-1)


@pytest.mark.parametrize(
    "change", [{"remaining_minor": 11}, {"remaining_minor": -1}, {"held_minor": 1}]
)
def test_given_a_grant_when_more_than_its_amount_would_be_there_then_the_database_refuses(
    give, change: dict[str, int]
) -> None:
    give(10)
    with pytest.raises(IntegrityError, match="within_its_amount"), transaction.atomic():
        Grant.objects.update(**change)


def test_given_a_name_of_an_act_when_booked_twice_then_the_database_refuses(
    organization, give
) -> None:
    give(1, source="redemption:7")
    with pytest.raises(IntegrityError, match="happens_once"), transaction.atomic():
        transaction_of(make_organization(), source="redemption:7")


def test_w27_given_every_table_of_the_franchise_when_looked_at_then_money_is_whole_numbers() -> (
    None
):
    wrong = run(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_name LIKE 'franchise\\_%' AND (data_type IN"
        " ('real', 'double precision', 'numeric', 'money')"
        " OR (column_name LIKE '%\\_minor' AND data_type <> 'bigint'))"
    )
    assert wrong == []
    assert {"balance_minor", "amount_minor"} <= {
        field.name
        for model in apps.get_app_config("franchise").get_models()
        for field in model._meta.fields
    }


def is_refused(why: str) -> None:
    """What a COMMIT would say now; nothing of it is left."""
    with pytest.raises(IntegrityError, match=why):
        must_be_sound()
    transaction.set_rollback(True)


def account(organization, kind: str, currency: str = "OMR") -> LedgerAccount:
    return LedgerAccount.objects.create(organization=organization, kind=kind, currency=currency)


def transaction_of(organization, source: str = "test") -> LedgerTransaction:
    return LedgerTransaction.objects.create(
        organization=organization, kind=Kind.GRANT, source=source, actor="test"
    )


def entry(made: LedgerTransaction, of: LedgerAccount | None, minor: int) -> None:
    LedgerEntry.objects.create(transaction=made, account=of, amount_minor=minor)


def run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
