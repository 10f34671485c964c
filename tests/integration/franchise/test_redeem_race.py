"""Many customers at the same moment: the cap holds, nobody is counted twice."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection, transaction

from catalyst.models import AuditEvent
from franchise.organizations.models import Organization
from franchise.redeem.services import Redeemed, redeem
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption, VoucherCode
from franchise.vouchers.services import Issued
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def customer(issued: Issued, number: int, *, key: str = "", name: str = "") -> Redeemed:
    return redeem(
        code=issued.code,
        email=f"customer{number}@example.com",
        organization_name=name or f"Customer {number}",
        idempotency_key=key or str(uuid.uuid4()),
    )


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_given_a_cap_of_5_when_100_redeem_at_once_then_exactly_5(issue) -> None:
    issued = issue(max_redemptions=5)
    answers = at_once(100, lambda number: customer(issued, number))
    assert kinds(answers) == {"Redeemed": 5, "ExhaustedCode": 95}
    assert VoucherCode.objects.get().redeemed == 5
    assert Redemption.objects.count() == Organization.objects.count() == 5
    assert AuditEvent.objects.filter(act="franchise.redeem").count() == 5


def test_given_one_key_when_30_clicks_arrive_at_once_then_one_use_and_30_same_answers(
    issue,
) -> None:
    issued, key = issue(max_redemptions=5), str(uuid.uuid4())
    answers = at_once(30, lambda _: customer(issued, 1, key=key))
    assert kinds(answers) == {"Redeemed": 30}
    assert len({str(answer) for answer in answers}) == 1
    assert Redemption.objects.count() == Organization.objects.count() == 1


def test_given_30_keys_of_one_person_when_at_once_then_one_use_and_29_already_used(issue) -> None:
    issued = issue(max_redemptions=30)
    answers = at_once(30, lambda _: customer(issued, 1))
    assert kinds(answers) == {"Redeemed": 1, "AlreadyUsed": 29}
    assert VoucherCode.objects.get().redeemed == 1


def test_given_one_key_on_two_codes_when_at_once_then_one_of_them(issue) -> None:
    codes, key = [issue(), issue()], str(uuid.uuid4())
    answers = at_once(2, lambda number: customer(codes[number], number, key=key))
    assert kinds(answers) == {"Redeemed": 1, "KeyReused": 1}
    assert Organization.objects.count() == 1


def test_given_one_short_name_when_30_want_it_at_once_then_one_gets_it(issue) -> None:
    codes = [issue() for _ in range(30)]
    answers = at_once(30, lambda number: customer(codes[number], number, name="Acme"))
    assert kinds(answers) == {"Redeemed": 1, "SlugTaken": 29}
    assert sum(VoucherCode.objects.values_list("redeemed", flat=True)) == 1


def test_given_a_revoke_that_holds_the_row_when_a_customer_waits_then_nothing_is_given(
    issue,
) -> None:
    issued = issue()
    answers: list[object] = []

    def wait_in_line() -> None:
        answers.extend(at_once(1, lambda number: customer(issued, number)))

    with transaction.atomic():
        vouchers.revoke(voucher_id=issued.voucher.pk, actor="x")
        thread = threading.Thread(target=wait_in_line)
        thread.start()
        _until_someone_waits_for_a_lock()
    thread.join(timeout=30)
    assert kinds(answers) == {"UnknownCode": 1}
    assert not Organization.objects.exists()


def _until_someone_waits_for_a_lock() -> None:
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
