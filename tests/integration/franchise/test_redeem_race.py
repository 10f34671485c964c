"""Many customers at the same moment: the cap holds, nobody is counted twice."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection, transaction

from catalyst.models import AuditEvent, User
from franchise.ledger import services as ledger
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.redeem.services import Redeemed, redeem, redeem_for
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption, VoucherCode
from franchise.vouchers.services import Issued
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.books import books

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


@pytest.mark.parametrize("cap", [1, 5])
def test_proof_02_given_one_key_when_50_clicks_arrive_at_once_then_one_grant_and_50_same_answers(
    issue, cap: int
) -> None:
    issued, key = issue(max_redemptions=cap), str(uuid.uuid4())
    answers = at_once(50, lambda _: customer(issued, 1, key=key))
    assert kinds(answers) == {"Redeemed": 50}
    assert len({str(answer) for answer in answers}) == 1
    assert Redemption.objects.count() == Organization.objects.count() == 1


def test_proof_02_given_50_keys_of_one_person_when_at_once_then_one_grant_and_49_already_used(
    issue,
) -> None:
    issued = issue(max_redemptions=50)
    answers = at_once(50, lambda _: customer(issued, 1))
    assert kinds(answers) == {"Redeemed": 1, "AlreadyUsed": 49}
    assert books().is_one_to_one
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


def test_proof_02_given_50_keys_for_one_organization_when_at_once_then_one_grant(issue) -> None:
    issued, user = (
        issue(max_redemptions=50),
        User.objects.create(subject="a", email="a@acme.example"),
    )
    organization = organizations.create(name="Acme", owner_email=user.email, user=user)

    def click(number: int) -> Redeemed:
        return redeem_for(code=issued.code, user=user, organization_id=organization.pk,
                          idempotency_key=f"click-{number}")  # fmt: skip

    assert kinds(at_once(50, click)) == {"Redeemed": 1, "AlreadyUsed": 49}
    assert books().is_one_to_one


def test_proof_05_given_a_redeemer_who_holds_the_row_when_revoked_then_after_it_and_credit_stays(
    issue,
) -> None:
    issued = issue(max_redemptions=9)

    def revoke() -> None:
        at_once(1, lambda _: vouchers.revoke(voucher_id=issued.voucher.pk, actor="x"))

    with transaction.atomic():
        given = customer(issued, 1)
        thread = threading.Thread(target=revoke)
        thread.start()
        _until_someone_waits_for_a_lock()
    thread.join(timeout=30)
    assert VoucherCode.objects.get().status == "revoked"
    assert ledger.available(organization_id=given.organization.pk, currency="OMR") == given.amount
    assert kinds(at_once(1, lambda _: customer(issued, 2))) == {"UnknownCode": 1}


def test_proof_05_given_a_campaign_revoked_while_a_customer_waits_then_nothing_is_given(
    issue,
) -> None:
    issued = issue()
    answers: list[object] = []

    def wait_in_line() -> None:
        answers.extend(at_once(1, lambda number: customer(issued, number)))

    with transaction.atomic():
        vouchers.revoke_campaign(
            campaign_id=issued.voucher.campaign_id, because="Stolen", actor="x"
        )
        thread = threading.Thread(target=wait_in_line)
        thread.start()
        _until_someone_waits_for_a_lock()
    thread.join(timeout=30)
    assert kinds(answers) == {"UnknownCode": 1}
    assert books().redemptions == books().of_codes == 0


def test_proof_05_given_a_revoke_that_holds_the_row_when_a_customer_waits_then_nothing_is_given(
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
