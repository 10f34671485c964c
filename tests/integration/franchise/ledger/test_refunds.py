"""What credit paid for goes back to the very grants it came from, with the end they have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from catalyst.problem import Invalid, NotFound
from franchise.ledger import services as ledger
from franchise.ledger.models import AccountKind, Grant, LedgerAccount
from franchise.ledger.services import Returned
from tests.integration.franchise.ledger.conftest import omr, spendable

pytestmark = pytest.mark.django_db
SOON = timezone.now() + timedelta(days=1)


def spend(organization, minor: int) -> None:
    ledger.spend(organization_id=organization.pk, amount=omr(minor), source="order:1", actor="test")


def refund(minor: int | None = None, source: str = "refund:1") -> Returned:
    amount = None if minor is None else omr(minor)
    return ledger.refund(source="order:1", refund_source=source, amount=amount, actor="test")


def left() -> list[int]:
    return list(Grant.objects.order_by("pk").values_list("remaining_minor", flat=True))


def test_proof_14_given_a_spent_order_when_refunded_then_back_to_its_grants_with_their_end(
    organization, give
) -> None:
    give(100, ends=SOON)
    give(100)
    spend(organization, 150)
    assert left() == [0, 50]
    assert refund() == Returned(omr(150), omr(0))
    assert left() == [100, 100]
    assert Grant.objects.order_by("pk").first().expires_at == SOON
    sales = LedgerAccount.objects.get(kind=AccountKind.SALES)
    assert not sales.balance


def test_given_a_part_when_refunded_then_what_was_taken_last_goes_back_first(
    organization, give
) -> None:
    give(100, ends=SOON)
    give(100)
    spend(organization, 150)
    refund(60)
    assert left() == [10, 100]
    refund(90, "refund:2")
    assert left() == [100, 100]


def test_given_more_than_was_spent_when_refunded_then_refused_with_what_is_left(
    organization, give
) -> None:
    give(200)
    spend(organization, 150)
    refund(100)
    with pytest.raises(ledger.MoreThanThereWas) as refused:
        refund(51, "refund:2")
    assert refused.value.left == omr(50)
    assert spendable(organization) == 150


def test_given_the_same_refund_when_asked_again_then_the_same_answer_and_nothing_more(
    organization, give
) -> None:
    give(200)
    spend(organization, 150)
    assert refund(100) == refund(100)
    assert spendable(organization) == 150
    with pytest.raises(ledger.SourceReused):
        refund(99)


def test_given_all_is_given_back_when_the_rest_is_refunded_then_nothing(organization, give) -> None:
    give(200)
    spend(organization, 150)
    refund()
    assert refund(source="refund:2") == Returned(omr(0), omr(0))


def test_given_a_grant_that_has_ended_when_refunded_then_booked_back_and_lapsed_and_said_so(
    organization, give
) -> None:
    give(100, ends=SOON)
    give(100)
    spend(organization, 150)
    Grant.objects.exclude(expires_at=None).update(expires_at=Now())
    assert refund() == refund() == Returned(amount=omr(150), lapsed=omr(100))
    assert left() == [0, 100]
    assert LedgerAccount.objects.get(kind=AccountKind.LAPSED).balance == omr(100)
    assert ledger.expire_due() == 0


def test_given_credit_that_is_only_reserved_when_refunded_then_refused(organization, give) -> None:
    give(100)
    ledger.reserve(
        organization_id=organization.pk, amount=omr(100), source="order:1",
        expires_in=timedelta(hours=1),
    )  # fmt: skip
    with pytest.raises(ledger.NotCommitted):
        refund()


def test_given_an_unknown_order_when_refunded_then_not_found(db) -> None:
    with pytest.raises(NotFound):
        refund()


@pytest.mark.parametrize("minor", [0, -1])
def test_given_no_amount_when_refunded_then_refused(organization, give, minor: int) -> None:
    give(100)
    spend(organization, 100)
    with pytest.raises(Invalid):
        refund(minor)
