"""Orders that want the same credit at the same moment: it is spent once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from franchise.ledger import services as ledger
from franchise.ledger.models import AccountKind, Hold, LedgerAccount
from franchise.organizations.models import Organization
from tests.fault.franchise.ledger.spending import AT_ONCE, payer
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.ledger.conftest import omr, spendable

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15


def test_proof_03_given_a_balance_of_9_when_two_processes_pay_9_then_one_by_credit(
    organization, give
) -> None:
    """w04: one is paid by credit, the other asks for a card; the balance is never below zero."""
    with payer(AT_ONCE) as one, payer(AT_ONCE) as other:
        for number in range(ROUNDS):
            give(9_000)
            for which, child in enumerate((one, other)):
                child.tell(
                    organization=organization.pk, minor=9_000, source=f"order:{number}:{which}"
                )
            answers = {one.answer(), other.answer()}
            assert answers == {"paid by credit", "asks for a card"}
            assert spendable(organization) == 0
    sales = LedgerAccount.objects.get(kind=AccountKind.SALES)
    assert sales.balance_minor == ROUNDS * 9_000
    assert ledger.check() == []


def test_given_credit_for_30_when_50_reserve_at_once_then_30_do(organization, give) -> None:
    for _ in range(3):
        give(10)

    def reserve(number: int) -> Hold:
        with transaction.atomic():
            return ledger.reserve(
                organization_id=organization.pk, amount=omr(1), source=f"order:{number}",
                expires_in=timedelta(hours=1),
            )  # fmt: skip

    answers = Counter(type(answer).__name__ for answer in at_once(50, reserve))
    assert answers == {"Hold": 30, "NotEnoughCredit": 20}
    assert ledger.check() == []


def test_given_one_source_when_20_ask_at_once_then_one_of_each_and_the_same_answers(
    organization,
) -> None:
    """The account is not there yet either: nobody fails because another makes it."""

    def pay(_number: int) -> tuple[int, int]:
        with transaction.atomic():
            given = ledger.grant(
                organization_id=organization.pk, amount=omr(9), category="promotional",
                source="redemption:1", actor="test",
            )  # fmt: skip
            spent = ledger.spend(
                organization_id=organization.pk, amount=omr(9), source="order:1", actor="test"
            )
            return given.pk, spent.pk

    answers = at_once(20, pay)
    assert len(set(answers)) == 1 and isinstance(answers[0], tuple), answers
    assert spendable(organization) == 0
    assert ledger.check() == []


def test_given_an_organization_that_ends_when_it_reserves_then_one_waits_for_the_other(
    organization, give
) -> None:
    """Whoever ends it holds its row first; the ledger asks for that row before its own."""
    give(100)
    answers: list[object] = []

    def reserve(_number: int) -> Hold:
        with transaction.atomic():
            return ledger.reserve(
                organization_id=organization.pk, amount=omr(60), source="order:1",
                expires_in=timedelta(hours=1),
            )  # fmt: skip

    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        thread = threading.Thread(target=lambda: answers.extend(at_once(1, reserve)))
        thread.start()
        until_someone_waits()
        ledger.forfeit(organization_id=organization.pk)
    thread.join(timeout=30)
    assert [type(answer) for answer in answers] == [ledger.NotEnoughCredit]
    assert ledger.check() == []


def until_someone_waits() -> None:
    waited = threading.Event()
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks "
                "WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
        waited.wait(0.05)
    raise AssertionError("nobody waits for the row")
