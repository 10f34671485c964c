"""A webhook that never came: the page is looked at all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from catalyst.work.models import LeaseRow
from franchise.billing.models import Invoice, Order
from franchise.billing.webhooks import reconciling

pytestmark = pytest.mark.django_db


def aged(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(created_at=F("created_at") - timedelta(minutes=5))


def test_given_a_paid_page_nobody_told_of_when_looked_at_then_the_order_is_paid(shop, buy) -> None:
    order, other = buy(), buy()
    shop.pay(order)
    shop.open_page(other)
    assert reconciling.reconcile() == 0  # too young
    aged(order)
    aged(other)
    assert reconciling.reconcile() == 1
    states = [Order.objects.get(pk=each.pk).state for each in (order, other)]
    assert states == ["paid", "awaiting_payment"]
    assert shop.deliver(*shop.events("checkout.session.completed")) == ["done"]
    assert Invoice.objects.count() == 1


def test_given_an_order_stripe_says_no_about_when_reconciled_then_the_others_go_on(
    shop, buy
) -> None:
    lost, order = buy(), buy()
    shop.open_page(lost)
    Order.objects.filter(pk=lost.pk).update(checkout_reference="cs_test_unknown")
    shop.pay(order)
    aged(lost)
    aged(order)
    assert reconciling.reconcile() == 1


def test_given_a_look_when_asked_again_soon_then_not_due(shop) -> None:
    assert reconciling.is_due()
    assert not reconciling.is_due()
    LeaseRow.objects.update(expires_at=F("expires_at") - timedelta(seconds=181))
    assert reconciling.is_due()


def test_given_no_key_when_asked_then_not_due(goods) -> None:
    assert not reconciling.is_due()
