"""Reserve, then commit or release: each once, whatever is asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from catalyst.problem import Invalid, NotFound
from franchise.ledger import services as ledger
from franchise.ledger.models import (
    AccountKind,
    Grant,
    Hold,
    HoldState,
    LedgerAccount,
    LedgerTransaction,
)
from franchise.money import Money
from tests.integration.franchise.ledger.conftest import make_organization, omr, spendable

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def reserve(organization, minor: int = 300, source: str = "order:1", **changes) -> Hold:
    values = {
        "organization_id": organization.pk,
        "amount": omr(minor),
        "source": source,
        "expires_in": HOUR,
    }
    return ledger.reserve(**{**values, **changes})


def balance(kind: AccountKind) -> int:
    return LedgerAccount.objects.get(kind=kind).balance_minor


def test_proof_12_given_part_credit_when_reserved_then_only_a_payment_takes_it(
    organization, give
) -> None:
    """Total 9.500, credit 3.215: the hold is all of the credit until the card has paid."""
    give(3_215)
    reserve(organization, 3_215)
    assert spendable(organization) == 0
    assert (balance(AccountKind.CREDIT), balance(AccountKind.HELD)) == (0, 3_215)
    ledger.commit(source="order:1", actor="test", order="1")
    assert (balance(AccountKind.HELD), balance(AccountKind.SALES)) == (0, 3_215)


def test_proof_12_given_part_credit_when_the_payment_is_cancelled_then_the_hold_goes_back(
    organization, give
) -> None:
    grant = give(3_215)
    reserve(organization, 3_215)
    returned = ledger.release(source="order:1", actor="test")
    assert (returned.amount, returned.lapsed) == (omr(3_215), omr(0))
    grant.refresh_from_db()
    assert (spendable(organization), grant.held_minor) == (3_215, 0)


def test_given_grants_when_reserved_then_by_end_then_priority_then_age(organization, give) -> None:
    soon = timezone.now() + timedelta(days=1)
    later = soon + timedelta(days=1)
    order = [
        give(10, ends=None, priority=1),
        give(10, ends=later, priority=50),
        give(10, ends=soon, priority=50),
        give(10, ends=soon, priority=50),
        give(10, ends=soon, priority=10),
    ]
    reserve(organization, 35)
    left = [Grant.objects.get(pk=grant.pk).remaining_minor for grant in order]
    assert left == [10, 5, 0, 0, 0]
    parts = Hold.objects.get().parts.order_by("pk").values_list("grant_id", flat=True)
    assert list(parts) == [order[place].pk for place in (4, 2, 3, 1)]


def test_given_too_little_when_reserved_then_refused_with_what_there_is(organization, give) -> None:
    give(299)
    with pytest.raises(ledger.NotEnoughCredit) as refused:
        reserve(organization)
    assert refused.value.available == omr(299)
    assert refused.value.extra["available"] == "OMR 0.299"
    assert not Hold.objects.exists()
    assert spendable(organization) == 299


def test_given_credit_of_another_currency_or_organization_when_reserved_then_refused(
    organization, give
) -> None:
    give(1_000, amount=Money(1_000, "EUR"))
    give(1_000, organization_id=make_organization().pk)
    with pytest.raises(ledger.NotEnoughCredit):
        reserve(organization)


def test_given_the_same_source_when_reserved_again_then_the_same_hold(organization, give) -> None:
    give(1_000)
    assert reserve(organization) == reserve(organization)
    assert spendable(organization) == 700
    with pytest.raises(ledger.SourceReused):
        reserve(organization, 301)


@pytest.mark.parametrize("minor", [0, -1])
def test_given_no_amount_when_reserved_then_refused(organization, minor: int) -> None:
    with pytest.raises(Invalid):
        reserve(organization, minor)


def test_given_a_committed_hold_when_committed_again_then_spent_once(organization, give) -> None:
    give(1_000)
    reserve(organization)
    first = ledger.commit(source="order:1", actor="test")
    again = ledger.commit(source="order:1", actor="test")
    assert first.state == again.state == HoldState.COMMITTED
    assert balance(AccountKind.SALES) == 300


def test_given_a_committed_hold_when_released_then_refused(organization, give) -> None:
    give(1_000)
    reserve(organization)
    ledger.commit(source="order:1", actor="test")
    with pytest.raises(ledger.HoldCommitted):
        ledger.release(source="order:1", actor="test")


def test_given_a_released_hold_when_committed_then_refused_and_released_again_is_fine(
    organization, give
) -> None:
    give(1_000)
    reserve(organization)
    assert ledger.release(source="order:1", actor="x") == ledger.release(
        source="order:1", actor="x"
    )
    with pytest.raises(ledger.HoldReleased):
        ledger.commit(source="order:1", actor="test")
    assert spendable(organization) == 1_000


@pytest.mark.parametrize("act", [ledger.commit, ledger.release])
def test_given_nothing_reserved_when_acting_on_it_then_not_found(act) -> None:
    with pytest.raises(NotFound):
        act(source="order:1", actor="test")


def test_given_an_overdue_hold_when_the_round_comes_then_released_and_others_stay(
    organization, give
) -> None:
    give(1_000)
    reserve(organization)
    reserve(organization, source="order:2")
    Hold.objects.filter(source="order:1").update(expires_at=Now())
    assert ledger.release_overdue() == 1
    assert ledger.release_overdue() == 0
    assert spendable(organization) == 700


def test_given_an_overdue_hold_when_the_payment_came_before_the_round_then_it_is_spent(
    organization, give
) -> None:
    give(1_000)
    reserve(organization, expires_in=timedelta(0))
    assert ledger.commit(source="order:1", actor="test").state == HoldState.COMMITTED
    assert ledger.release_overdue() == 0


def test_given_a_grant_that_ended_while_held_when_released_then_it_lapses_at_once(
    organization, give
) -> None:
    give(1_000)
    reserve(organization)
    Grant.objects.update(expires_at=Now())
    assert ledger.expire_due() == 1
    returned = ledger.release(source="order:1", actor="test")
    assert (returned.amount, returned.lapsed) == (omr(300), omr(300))
    assert returned == ledger.release(source="order:1", actor="test")
    assert (spendable(organization), balance(AccountKind.LAPSED)) == (0, 1_000)


def test_given_a_grant_that_ended_while_held_when_committed_then_it_is_spent(
    organization, give
) -> None:
    give(300)
    reserve(organization)
    Grant.objects.update(expires_at=Now())
    assert ledger.expire_due() == 0
    ledger.commit(source="order:1", actor="test")
    assert balance(AccountKind.SALES) == 300


def test_given_an_order_when_spent_at_once_then_who_and_for_what_is_in_the_book(
    organization, give
) -> None:
    give(1_000)
    ledger.spend(
        organization_id=organization.pk, amount=omr(300), source="order:1", actor="me",
        order="2026-1", campaign="Launch",
    )  # fmt: skip
    booked = LedgerTransaction.objects.get(kind="commit")
    assert (booked.actor, booked.order, booked.campaign) == ("me", "2026-1", "Launch")
