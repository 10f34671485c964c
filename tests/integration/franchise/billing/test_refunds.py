"""Refunds and chargebacks: each part goes where it came from, and the book sums to zero."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from franchise.billing.models import CreditNote, Invoice, Order, OrderEvent, Refund
from franchise.billing.orders import refunding
from franchise.billing.orders import services as orders
from franchise.billing.orders.problems import TooMuch
from franchise.ledger import services as ledger
from franchise.ledger.models import Grant
from franchise.money import Money
from tests.integration.franchise.billing.conftest import credit_of

pytestmark = pytest.mark.django_db


def omr(minor: int) -> Money:
    return Money(minor, "OMR")


def test_proof_14_given_a_mixed_order_when_refunded_then_card_to_stripe_and_credit_to_its_grant(
    acme, give, paid_by_card, till, drained
) -> None:
    ends = timezone.now() + timedelta(days=10)
    grant = give(3_217, expires_at=ends)
    order = paid_by_card()
    assert (order.credit_minor, order.card_minor, order.rounding_minor) == (3_217, 5_780, 3)
    orders.refund(order_id=order.pk, actor="admin", reason="did not fit")
    drained()
    assert list(till.refunds.values()) == [(order.payment_reference, omr(5_780))]
    assert Refund.objects.get().state == "done"
    kept = Grant.objects.get(pk=grant.pk)
    assert (kept.remaining_minor, kept.expires_at) == (3_217, ends)
    order.refresh_from_db()
    assert order.state == "refunded"
    note = CreditNote.objects.get()
    assert (note.total_minor, note.tax_minor) == (9_000, 429)  # all of the invoice
    assert ledger.check() == []


def test_given_parts_when_refunded_one_after_the_other_then_card_first_and_taxes_sum_up(
    acme, give, paid_by_card, till, drained
) -> None:
    give(3_000)
    order = paid_by_card()
    for amount in (omr(1_001), omr(5_500), None):
        orders.refund(order_id=order.pk, amount=amount, actor="admin", reason="x")
    drained()
    order.refresh_from_db()
    assert [(row.card_minor, row.credit_minor) for row in Refund.objects.all()] == [
        (1_001, 0), (4_999, 501), (0, 2_499),
    ]  # fmt: skip
    assert order.state == "refunded" and credit_of(acme) == 3_000
    notes = CreditNote.objects.all()
    assert sum(note.total_minor for note in notes) == 9_000
    assert sum(note.tax_minor for note in notes) == Invoice.objects.get().tax_minor
    assert [note.sequence for note in notes.order_by("id")] == [1, 2, 3]
    assert ledger.check() == []


@pytest.mark.parametrize("minor", [0, -1, 9_001])
def test_given_too_much_or_nothing_when_refunded_then_refused(give, buy, minor: int) -> None:
    give(9_000)
    with pytest.raises(TooMuch):
        orders.refund(order_id=buy().pk, amount=omr(minor), actor="x", reason="x")
    assert not Refund.objects.exists()


def test_given_an_unpaid_order_when_refunded_then_refused(buy, till) -> None:
    with pytest.raises(orders.WrongState):
        orders.refund(order_id=buy().pk, actor="x", reason="x")


def test_given_a_provider_that_is_away_when_refunding_then_promised_until_it_is_given(
    paid_by_card, till, drained
) -> None:
    order = paid_by_card()
    till.is_away = True
    made = orders.refund(order_id=order.pk, actor="x", reason="x")
    drained()
    assert Refund.objects.get().state == "promised"
    till.is_away = False
    for _ in range(2):
        refunding.give_back_at_provider(refund_id=made.pk)
    assert Refund.objects.get().state == "done" and len(till.refunds) == 1


def test_w20_given_a_refund_at_stripes_own_pages_when_told_in_any_order_then_booked_once(
    give, paid_by_card, till, drained
) -> None:
    order = paid_by_card()
    for total in (2_000, 5_000, 2_000, 5_000):
        orders.refunded_outside(
            order_id=order.pk, reference="re_x", total=omr(total), event="evt_r"
        )
    order.refresh_from_db()
    assert (order.refunded_card_minor, order.state) == (5_000, "partly_refunded")
    orders.refund(order_id=order.pk, actor="x", reason="the rest")
    orders.refunded_outside(order_id=order.pk, reference="re_x", total=omr(9_000), event="evt_r")
    drained()
    order.refresh_from_db()
    assert (order.refunded_card_minor, order.state) == (9_000, "refunded")
    assert [amount.minor for _, amount in till.refunds.values()] == [4_000]
    assert ledger.check() == []


def test_proof_14_given_a_chargeback_when_told_twice_then_suspended_once_and_booked_once(
    acme, give, paid_by_card, till
) -> None:
    order = paid_by_card()
    for _ in range(2):
        orders.disputed(
            order_id=order.pk, reference="dp_1", amount=order.money("card"), event="evt_d"
        )
    acme.refresh_from_db()
    order.refresh_from_db()
    assert order.state == "disputed" and list(acme.suspended_because) == ["chargeback"]
    assert OrderEvent.objects.filter(kind="disputed").count() == 1
    assert ledger.check() == []


def test_given_a_dispute_that_was_won_when_told_then_as_before(acme, paid_by_card, till) -> None:
    order = paid_by_card()
    amount = order.money("card")
    orders.disputed(order_id=order.pk, reference="dp_1", amount=amount, event="e")
    for _ in range(2):
        orders.dispute_closed(
            order_id=order.pk, reference="dp_1", amount=amount, won=True, event="e"
        )
    orders.disputed(order_id=order.pk, reference="dp_1", amount=amount, event="late")
    acme.refresh_from_db()
    assert Order.objects.get().state == "paid" and acme.state == "active"
    assert ledger.check() == []


def test_given_a_dispute_that_was_lost_when_told_then_it_stays_suspended(
    acme, paid_by_card, till
) -> None:
    order = paid_by_card()
    amount = order.money("card")
    orders.disputed(order_id=order.pk, reference="dp_1", amount=amount, event="e")
    orders.dispute_closed(order_id=order.pk, reference="dp_1", amount=amount, won=False, event="e")
    acme.refresh_from_db()
    assert Order.objects.get().state == "disputed" and acme.state == "suspended"


def test_w20_given_an_unpaid_order_when_its_dispute_comes_first_then_it_waits(buy, till) -> None:
    with pytest.raises(orders.WrongState):
        orders.disputed(order_id=buy().pk, reference="d", amount=omr(1), event="e")


def test_w20_given_an_unpaid_order_when_its_refund_comes_first_then_it_waits(buy, till) -> None:
    with pytest.raises(orders.WrongState):
        orders.refunded_outside(order_id=buy().pk, reference="r", total=omr(1), event="e")


@pytest.mark.parametrize("table", ["invoice", "credit_note", "order_event", "revenue_movement"])
@pytest.mark.parametrize("verb", ["UPDATE franchise_{} SET id = id", "DELETE FROM franchise_{}"])
def test_given_what_was_issued_when_changed_or_deleted_then_the_database_refuses(
    paid_by_card, till, table: str, verb: str
) -> None:
    orders.refund(order_id=paid_by_card().pk, actor="x", reason="x")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(verb.format(table))
