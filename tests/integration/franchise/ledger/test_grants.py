"""Credit comes in, ends and is corrected; the database's clock decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from catalyst.models import AuditEvent
from catalyst.problem import Invalid, NotFound
from franchise.ledger import services as ledger
from franchise.ledger.models import (
    AccountKind,
    Category,
    Grant,
    Kind,
    LedgerAccount,
    LedgerTransaction,
)
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.ending.states import go
from franchise.organizations.states import State
from tests.integration.franchise.ledger.conftest import make_organization, omr, spendable

pytestmark = pytest.mark.django_db


def test_given_a_grant_when_booked_then_the_credit_is_there_and_what_it_cost_too(
    organization, give
) -> None:
    give(12_345)
    assert spendable(organization) == 12_345
    balances = dict(LedgerAccount.objects.values_list("kind", "balance_minor"))
    assert balances == {AccountKind.CREDIT: 12_345, AccountKind.PROMOTION: -12_345}


def test_given_the_same_source_when_granted_again_then_the_same_grant_and_nothing_more(
    organization, give
) -> None:
    assert give(1_000, source="redemption:7") == give(1_000, source="redemption:7")
    assert spendable(organization) == 1_000
    assert LedgerTransaction.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"amount": omr(1_001)}, {"amount": Money(1_000, "EUR")}, {"category": Category.GOODWILL}],
)
def test_given_a_source_when_used_for_something_else_then_refused(give, other) -> None:
    give(1_000, source="redemption:7")
    with pytest.raises(ledger.SourceReused):
        give(1_000, source="redemption:7", **other)


@pytest.mark.parametrize("minor", [0, -1])
def test_given_no_amount_when_granted_then_refused(give, minor: int) -> None:
    with pytest.raises(Invalid):
        give(minor)


def test_given_nobody_when_granted_then_there_is_no_such_organization(give) -> None:
    with pytest.raises(NotFound):
        give(1, organization_id=0)


@pytest.mark.django_db(transaction=True)
def test_given_no_transaction_of_the_callers_when_granted_then_refused(organization) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        ledger.grant(
            organization_id=organization.pk, amount=omr(1), category=Category.PAID, source="x",
            actor="test",
        )  # fmt: skip


def test_given_credit_of_several_currencies_when_asked_then_each_apart(organization, give) -> None:
    give(1_000)
    give(1, amount=Money(2_000, "EUR"))
    stranger = make_organization()
    found = ledger.balances(organization_ids=[organization.pk, stranger.pk])
    assert found == {organization.pk: [Money(2_000, "EUR"), omr(1_000)]}


def test_given_a_grant_whose_time_is_over_when_not_swept_yet_then_it_cannot_be_spent(
    organization, give
) -> None:
    give(500)
    give(1_000, ends=timezone.now() + timedelta(days=1))
    Grant.objects.exclude(expires_at=None).update(expires_at=Now())
    assert spendable(organization) == 500
    with pytest.raises(ledger.NotEnoughCredit) as refused:
        spend(organization, 501)
    assert refused.value.available == omr(500)


def test_given_ended_grants_when_the_round_comes_then_they_lapse_once(organization, give) -> None:
    kept = give(500, ends=timezone.now() + timedelta(days=1))
    gone = [give(1_000), give(7)]
    Grant.objects.filter(pk__in=[each.pk for each in gone]).update(expires_at=Now())
    assert ledger.expire_due() == 2
    assert ledger.expire_due() == 0
    lapsed = LedgerAccount.objects.get(kind=AccountKind.LAPSED)
    assert lapsed.balance == omr(1_007)
    assert spendable(organization) == kept.amount_minor
    assert not Grant.objects.filter(pk__in=[each.pk for each in gone], remaining_minor__gt=0)


def test_given_a_reason_when_an_admin_gives_goodwill_then_booked_and_audited(organization) -> None:
    made = adjust(organization, 2_500, reason=" The  mail was late. ")
    assert (made.kind, made.memo) == (Kind.ADJUST, "The mail was late.")
    assert Grant.objects.get().category == Category.GOODWILL
    event = AuditEvent.objects.get(act="franchise.ledger-adjust")
    assert (event.actor, event.after["amount"]) == ("admin", "OMR 2.500")
    assert event.after["reason"] == "The mail was late."


def test_given_credit_when_an_admin_takes_some_away_then_the_first_to_end_goes(
    organization, give
) -> None:
    forever = give(1_000)
    ends = give(1_000, ends=timezone.now() + timedelta(days=1))
    adjust(organization, -1_200)
    left = dict(Grant.objects.values_list("pk", "remaining_minor"))
    assert left == {forever.pk: 800, ends.pk: 0}


def test_given_less_credit_when_an_admin_takes_more_then_refused_and_nothing_changes(
    organization, give
) -> None:
    give(1_000)
    with pytest.raises(ledger.NotEnoughCredit):
        adjust(organization, -1_001)
    assert spendable(organization) == 1_000
    assert not AuditEvent.objects.filter(act="franchise.ledger-adjust").exists()


def test_given_a_form_sent_twice_when_adjusting_then_once(organization, give) -> None:
    give(1_000)
    assert adjust(organization, -400) == adjust(organization, -400)
    assert spendable(organization) == 600
    assert AuditEvent.objects.filter(act="franchise.ledger-adjust").count() == 1


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 301])
def test_given_no_good_reason_when_adjusting_then_422_beside_it(organization, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        adjust(organization, 1, reason=reason)
    assert refused.value.extra["field"] == "reason"


def test_w28_given_an_organization_when_it_is_deleted_then_its_credit_counts_no_more(
    organization, give
) -> None:
    give(1_000)
    ledger.reserve(
        organization_id=organization.pk, amount=omr(300), source="order:1",
        expires_in=timedelta(hours=1),
    )  # fmt: skip
    organization.state = State.DELETING
    organization.deleted_at = timezone.now()
    go(organization, State.DELETED)
    assert ledger.balances(organization_ids=[organization.pk]) == {}
    assert not LedgerAccount.objects.filter(
        kind__in=(AccountKind.CREDIT, AccountKind.HELD)
    ).exclude(balance_minor=0)


def test_given_what_came_and_went_when_the_history_is_read_then_newest_first_by_key(
    organization, give
) -> None:
    give(1_000, campaign="Launch")
    spend(organization, 400)
    ledger.refund(source="order:400", refund_source="refund:1", actor="test", amount=omr(100))
    page = ledger.history(organization_id=organization.pk, limit=2)
    assert [(row.transaction.kind, row.amount.minor) for row in page.rows] == [
        (Kind.REFUND, 100),
        (Kind.COMMIT, -400),
    ]
    older = ledger.history(organization_id=organization.pk, before=page.next_before)
    assert [(row.transaction.campaign, row.amount.minor) for row in older.rows] == [
        ("Launch", 1_000)
    ]
    assert older.next_before is None


def test_given_an_organization_when_it_takes_its_data_away_then_its_credit_is_in_it(
    organization, give
) -> None:
    from franchise.ledger.ends import of_credit

    give(1_000, campaign="Launch")
    (row,) = of_credit(organization.pk)
    assert (row["what"], str(row["amount"]), row["campaign"]) == ("grant", "OMR 1.000", "Launch")
    assert organizations.exports


def spend(organization, minor: int) -> None:
    ledger.spend(
        organization_id=organization.pk, amount=omr(minor), source=f"order:{minor}", actor="test"
    )


def adjust(organization, minor: int, reason: str = "A good reason") -> LedgerTransaction:
    return ledger.adjust(
        organization_id=organization.pk, amount=omr(minor), reason=reason, source="adjust:1",
        actor="admin",
    )  # fmt: skip
