"""Numbers of invoices have no gap, whatever happens at the same time."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from franchise.billing.models import Invoice, NumberSeries, Order
from franchise.billing.orders import services as orders
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Something went wrong after the invoice was made."""


def test_given_60_orders_at_once_a_third_rolled_back_when_numbered_then_without_a_gap(
    acme, give, owner
) -> None:
    give(60 * 9_000)
    cart = orders.Cart(plan="m")
    seen = orders.offer(cart=cart).fingerprint

    def one(number: int) -> str:
        with transaction.atomic():
            order = orders.place(
                organization_id=acme.pk, user=owner, cart=cart, expected_fingerprint=seen,
                idempotency_key=str(uuid.uuid4()),
            )  # fmt: skip
            if number % 3 == 0:
                raise Undone
        return order.number

    answers = at_once(60, one)
    assert sum(isinstance(each, Undone) for each in answers) == 20
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 41))
    assert NumberSeries.objects.get().last == 40


def test_proof_03_given_credit_for_one_when_two_order_at_once_then_one_by_credit_one_by_card(
    acme, give, owner, till
) -> None:
    """Balance 9: never below 0, and nobody's order is lost."""
    give(9_000)
    cart = orders.Cart(plan="m")
    seen = orders.offer(cart=cart).fingerprint

    def one(number: int) -> str:
        return orders.place(
            organization_id=acme.pk, user=owner, cart=cart, expected_fingerprint=seen,
            idempotency_key=str(number),
        ).state  # fmt: skip

    assert sorted(map(str, at_once(2, one))) == ["awaiting_payment", "paid"]
    assert sorted(Order.objects.values_list("credit_minor", flat=True)) == [0, 9_000]


def test_given_one_key_when_20_clicks_come_at_once_then_one_order_and_20_same_answers(
    acme, give, owner
) -> None:
    give(30_000)
    cart = orders.Cart(plan="m")
    seen = orders.offer(cart=cart).fingerprint

    def one(_: int) -> str:
        return orders.place(
            organization_id=acme.pk, user=owner, cart=cart, expected_fingerprint=seen,
            idempotency_key="the same",
        ).number  # fmt: skip

    assert set(at_once(20, one)) == {Order.objects.get().number}


def test_given_one_payment_told_10_times_at_once_when_settled_then_one_invoice(
    acme, give, buy, till
) -> None:
    give(1_000)
    order = buy()

    def one(number: int) -> None:
        orders.paid(
            order_id=order.pk, reference="pi_1", amount=order.money("card"), event=f"e{number}"
        )

    assert at_once(10, one) == [None] * 10
    assert Invoice.objects.count() == 1 and order.events.filter(kind="paid").count() == 1
