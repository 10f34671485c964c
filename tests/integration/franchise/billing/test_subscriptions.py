"""Subscriptions renew, also for those who pay by credit; what is not paid is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from franchise.billing.models import Invoice, Movement, Order, Subscription
from franchise.billing.subscriptions import renewing
from franchise.billing.subscriptions import services as subscriptions
from franchise.catalog.models import PlanPrice
from franchise.ledger import services as ledger
from franchise.mails.models import Mail
from franchise.organizations import services as organizations
from tests.integration.franchise.billing.conftest import credit_of

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=32)


def the_one() -> Subscription:
    return Subscription.objects.get()


def mrr() -> int:
    return sum(Movement.objects.values_list("amount_minor", flat=True))


def test_w28_given_a_credit_payer_when_the_month_ends_then_it_is_paid_and_invoiced_again(
    acme, give, buy, later
) -> None:
    """Fault 28 of §9.1: month two was free for ever."""
    give(20_000)
    buy()
    first = the_one()
    renewing.renew_due()
    assert Order.objects.count() == 1  # not before its time
    later(MONTH)
    ended = the_one().period_end
    renewing.renew_due()
    renewing.renew_due()
    row = the_one()
    assert row.period_start == ended and row.period_end > ended
    assert credit_of(acme) == 2_000
    assert Order.objects.filter(purpose="renewal", state="paid").count() == 1
    assert Invoice.objects.count() == 2 and mrr() == first.monthly_minor
    assert ledger.check() == []


def test_given_a_price_that_rose_when_renewed_then_what_was_bought_costs_what_it_did(
    acme, give, buy, later
) -> None:
    give(20_000)
    buy()
    PlanPrice.objects.filter(thing__slug="m").update(minor=15_000)
    later(MONTH)
    renewing.renew_due()
    assert credit_of(acme) == 2_000


def test_given_too_little_credit_and_a_card_when_renewed_then_the_card_pays_the_rest(
    acme, give, buy, till, later, drained
) -> None:
    give(12_000)
    buy()
    till.has_card = True
    later(MONTH)
    renewing.renew_due()
    order = Order.objects.get(purpose="renewal")
    assert (order.state, order.credit_minor, order.card_minor) == ("awaiting_payment", 3_000, 6_000)
    renewing.renew_due()
    assert Order.objects.count() == 2  # a payment is under way: no second order
    drained()
    order.refresh_from_db()
    assert order.state == "paid" and the_one().paid_by == "card"
    assert list(till.charged) == [f"charge-{order.number}"]
    assert the_one().state == "active" and mrr() == the_one().monthly_minor


def test_given_no_credit_and_no_card_when_renewed_then_retried_on_the_days_then_suspended(
    acme, give, buy, later
) -> None:
    give(9_000)
    buy()
    later(MONTH)
    for attempt, days in enumerate((1, 3, 7), start=1):
        renewing.renew_due()
        row = the_one()
        assert (row.state, row.attempts) == ("past_due", attempt)
        assert row.retry_at >= row.period_end + timedelta(days=days)
        assert mrr() == row.monthly_minor
        later(timedelta(days=8))
    renewing.renew_due()
    acme.refresh_from_db()
    assert the_one().state == "suspended" and mrr() == 0
    assert acme.state == "suspended" and list(acme.suspended_because) == ["unpaid"]
    assert Mail.objects.filter(kind="credit-exhausted").count() == 4


def test_w28_given_it_stands_still_when_credit_comes_then_paid_and_resumed(
    acme, give, buy, later
) -> None:
    give(9_000)
    buy()
    later(MONTH)
    for _ in range(4):
        renewing.renew_due()
        later(timedelta(days=8))
    give(9_000)
    renewing.renew_due()
    acme.refresh_from_db()
    row = the_one()
    assert (row.state, row.attempts, acme.state) == ("active", 0, "active")
    assert mrr() == row.monthly_minor and credit_of(acme) == 0
    # Nothing was given while it stood still: the month that was paid for begins now.
    assert row.period_end > row.started_at


def test_given_an_admin_suspended_too_when_paid_then_it_stays_suspended(
    acme, give, buy, later
) -> None:
    give(9_000)
    buy()
    later(MONTH)
    for _ in range(4):
        renewing.renew_due()
        later(timedelta(days=8))
    give(9_000)
    organizations.suspend(organization_id=acme.pk, because="staff", words="abuse", actor="x")
    renewing.renew_due()
    assert credit_of(acme) == 9_000  # it gets nothing, so it pays nothing
    organizations.resume(organization_id=acme.pk, because="staff", actor="x")
    acme.refresh_from_db()
    assert acme.state == "suspended"  # unpaid, still
    renewing.renew_due()
    acme.refresh_from_db()
    assert acme.state == "active"


def test_given_a_card_that_is_declined_when_renewed_then_past_due_and_credit_is_back(
    acme, give, buy, till, later, drained
) -> None:
    give(12_000)
    buy()
    till.has_card = till.declines = True
    later(MONTH)
    renewing.renew_due()
    drained()
    assert Order.objects.get(purpose="renewal").state == "failed"
    assert the_one().state == "past_due" and credit_of(acme) == 3_000
    till.declines = False
    later(timedelta(days=2))
    renewing.renew_due()
    drained()
    assert the_one().state == "active" and Order.objects.filter(purpose="renewal").count() == 2
    assert ledger.check() == []


def test_given_a_provider_that_is_away_when_charged_then_it_waits_and_nothing_is_missed(
    give, buy, till, later, drained
) -> None:
    give(9_000)
    buy()
    till.has_card = till.is_away = True
    later(MONTH)
    renewing.renew_due()
    drained()
    order = Order.objects.get(purpose="renewal")
    assert order.state == "awaiting_payment" and the_one().state == "active"
    till.is_away = False
    renewing.charge(number=order.number)
    order.refresh_from_db()
    assert order.state == "paid"


def test_given_an_end_that_was_asked_for_when_the_month_ends_then_it_ends_and_costs_nothing(
    acme, give, buy, later
) -> None:
    give(20_000)
    buy()
    subscriptions.end_with_period(
        subscription_id=the_one().pk, organization_id=acme.pk, ends=True, actor="fatma"
    )
    later(MONTH)
    renewing.renew_due()
    acme.refresh_from_db()
    assert the_one().state == "cancelled" and the_one().ended_at
    assert credit_of(acme) == 11_000 and mrr() == 0 and acme.plan == ""


def test_given_a_deleted_organization_when_it_is_gone_then_its_subscriptions_and_orders_end(
    acme, give, buy, till, owner
) -> None:
    from franchise.billing.ends import end_with_it

    give(9_000)
    buy()
    open_order = buy()
    assert open_order.state == "awaiting_payment"
    acme.refresh_from_db()
    acme.state = "deleted"
    end_with_it(acme, "deleting")
    open_order.refresh_from_db()
    assert the_one().state == "cancelled" and open_order.state == "cancelled" and mrr() == 0


def test_w21_given_several_orders_of_one_organization_when_summed_then_each_once(
    acme, give, buy, later
) -> None:
    """Fault 21 of §9.1: every order was joined with every subscription."""
    give(60_000)
    buy(plan="s")
    buy(plan="m")
    later(MONTH)
    renewing.renew_due()
    rows = Subscription.objects.filter(state="active")
    assert rows.count() == 2 and Order.objects.count() == 4
    assert mrr() == sum(row.monthly_minor for row in rows)
