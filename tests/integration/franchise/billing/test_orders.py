"""Orders: priced on the server, paid by credit first, settled in one transaction."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from catalyst.problem import Problem
from franchise.billing import payments
from franchise.billing.models import Invoice, Movement, Order, Subscription
from franchise.billing.orders import checkout
from franchise.billing.orders import services as orders
from franchise.billing.orders.problems import KeyReused, OrganizationClosed
from franchise.catalog.models import PlanPrice
from franchise.catalog.services import NotSold
from franchise.ledger import services as ledger
from franchise.mails.models import Mail
from franchise.money import Money
from franchise.organizations import services as organizations
from tests.integration.franchise.billing.conftest import credit_of

pytestmark = pytest.mark.django_db


def test_given_credit_of_campaigns_when_a_card_pays_the_rest_then_its_metadata_names_them(
    acme, give, buy, till, settings
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={"sovereign_fqdn": "omantel.omani.works"}
    )
    give(1_000, campaign="Launch 2026")
    give(1_000, campaign="Friends")
    give(1_000)
    order = buy()
    checkout.checkout(order_id=order.pk, success_url="https://x/", cancel_url="https://x/")
    (due,) = till.pages.values()
    assert due.metadata == {
        "sovereign": "omantel.omani.works", "organization": "acme", "order": order.number,
        "order_id": str(order.pk), "campaign": "Friends, Launch 2026",
    }  # fmt: skip


def test_given_enough_credit_when_ordered_then_paid_subscribed_and_invoiced_at_once(
    acme, give, buy
) -> None:
    give(10_000)
    order = buy()
    assert (order.state, order.credit_minor, order.card_minor) == ("paid", 9_000, 0)
    assert credit_of(acme) == 1_000
    row = Subscription.objects.get()
    assert (row.plan, row.state, row.paid_by, row.monthly_minor) == ("m", "active", "credit", 8_571)
    invoice = Invoice.objects.get(order=order)
    assert (invoice.total_minor, invoice.tax_minor) == (9_000, 429)
    assert Mail.objects.get(kind="invoice").to == "fatma@acme.example"
    acme.refresh_from_db()
    assert (acme.plan, acme.limits["vcpu"]) == ("m", 4)
    assert ledger.check() == []


def test_w03_given_a_part_of_the_credit_when_paid_by_card_then_the_card_pays_only_the_rest(
    acme, give, buy, till
) -> None:
    """Fault 3 of §9.1: a part of credit was shown as deducted and never was."""
    give(3_210)
    order = buy()
    assert (order.state, order.credit_minor, order.card_minor) == ("awaiting_payment", 3_210, 5_790)
    checkout.checkout(order_id=order.pk, success_url="https://x/", cancel_url="https://x/")
    (due,) = till.pages.values()
    assert due.amount == Money(5_790, "OMR")
    assert credit_of(acme) == 0
    orders.paid(order_id=order.pk, reference="pi_1", amount=due.amount, event="evt_1")
    order.refresh_from_db()
    assert order.state == "paid"
    assert ledger.check() == []


def test_proof_12_given_9_500_and_credit_3_215_when_due_then_6_280_and_5_baisa_are_booked(
    acme, give, owner, till
) -> None:
    PlanPrice.objects.filter(thing__slug="m").update(minor=9_500)
    give(3_215)
    cart = orders.Cart(plan="m")
    order = orders.place(
        organization_id=acme.pk, user=owner, cart=cart, idempotency_key="k",
        expected_fingerprint=orders.offer(cart=cart).fingerprint,
    )  # fmt: skip
    assert (order.credit_minor, order.card_minor, order.rounding_minor) == (3_215, 6_280, 5)
    booked = ledger.history(organization_id=acme.pk).rows
    assert [row.transaction.kind for row in booked] == ["grant"]  # used when the payment succeeds
    orders.paid(order_id=order.pk, reference="pi_1", amount=Money(6_280, "OMR"), event="evt_1")
    assert _account(acme, "rounding") == -5
    assert _account(acme, "credit") == _account(acme, "held") == 0
    assert ledger.check() == []


def test_proof_12_given_a_hold_when_cancelled_then_the_credit_is_there_again(
    acme, give, buy, till
) -> None:
    give(3_215)
    order = buy()
    assert credit_of(acme) == 0
    orders.cancel(order_id=order.pk, actor="fatma@acme.example")
    assert credit_of(acme) == 3_215
    assert Order.objects.get().state == "cancelled"
    assert not Subscription.objects.exists() and not Invoice.objects.exists()


def test_given_less_than_ten_baisa_due_when_ordered_then_nothing_is_charged_and_it_is_booked(
    acme, give, buy, till
) -> None:
    give(8_995)
    order = buy()
    assert (order.state, order.card_minor, order.rounding_minor) == ("paid", 0, 5)
    assert _account(acme, "rounding") == -5 and ledger.check() == []


def test_w05_given_no_stripe_when_a_card_would_pay_then_503_and_nothing_is_reserved(
    acme, give, buy
) -> None:
    give(3_215)
    with pytest.raises(payments.PaymentsNotConfigured) as caught:
        buy()
    assert caught.value.status == 503
    assert credit_of(acme) == 3_215
    assert not Order.objects.exists()


def test_proof_15_given_a_price_that_changed_when_paid_for_then_the_new_total_is_to_be_confirmed(
    acme, give, buy, owner
) -> None:
    give(20_000)
    cart = orders.Cart(plan="m")
    seen = orders.offer(cart=cart)
    PlanPrice.objects.filter(thing__slug="m").update(minor=F("minor") + 1_000)
    with pytest.raises(orders.PriceChanged) as caught:
        buy(expected_fingerprint=seen.fingerprint)
    assert caught.value.extra["total"] == 10_000
    assert not Order.objects.exists() and credit_of(acme) == 20_000
    assert buy(expected_fingerprint=caught.value.extra["fingerprint"]).total_minor == 10_000


def test_proof_15_given_a_tax_that_changed_when_paid_for_then_to_be_confirmed_too(
    give, buy
) -> None:
    from franchise.billing.settings import services as settings

    give(20_000)
    seen = orders.offer(cart=orders.Cart(plan="m"))
    settings.change(actor="x", changes={"prices_include_tax": False})
    with pytest.raises(orders.PriceChanged) as caught:
        buy(expected_fingerprint=seen.fingerprint)
    assert caught.value.extra["total"] == 9_450


@pytest.mark.parametrize(
    "cart", [orders.Cart(plan="flexi"), orders.Cart(plan="m", addons=("nothing-like-it",))]
)
def test_w16_given_flexi_without_units_or_an_unknown_add_on_when_offered_then_refused(
    goods, cart
) -> None:
    with pytest.raises(NotSold):
        orders.offer(cart=cart)


def test_w16_given_flexi_when_bought_then_its_units_are_paid(give, buy) -> None:
    give(20_000)
    order = buy(plan="flexi", units=3)
    assert order.total_minor == 6_000
    assert [line.quantity for line in order.lines.all()] == [3]


def test_given_one_key_when_sent_again_then_the_same_order_and_with_another_choice_refused(
    acme, give, buy
) -> None:
    give(30_000)
    key = str(uuid.uuid4())
    first = buy(idempotency_key=key)
    assert buy(idempotency_key=key) == first
    with pytest.raises(KeyReused):
        buy(idempotency_key=key, plan="s")
    assert Order.objects.count() == 1 and credit_of(acme) == 21_000


def test_w28_given_a_suspended_organization_when_ordering_then_refused(acme, give, buy) -> None:
    give(10_000)
    organizations.suspend(organization_id=acme.pk, because="staff", words="x", actor="x")
    with pytest.raises(OrganizationClosed):
        buy()


def test_given_an_order_when_paid_twice_then_once(acme, paid_by_card) -> None:
    order = paid_by_card()
    orders.paid(
        order_id=order.pk, reference=order.payment_reference, amount=order.money("card"),
        event="evt_2",
    )  # fmt: skip
    assert Subscription.objects.count() == Invoice.objects.count() == Movement.objects.count() == 1
    assert ledger.check() == []


def test_given_another_amount_when_paid_then_refused_and_nothing_is_booked(buy, till) -> None:
    order = buy()
    with pytest.raises(orders.WrongAmount):
        orders.paid(order_id=order.pk, reference="pi_1", amount=Money(1, "OMR"), event="evt_1")
    order.refresh_from_db()
    assert order.state == "awaiting_payment"


@pytest.mark.parametrize("late", ["failed", "expired", "cancelled"])
def test_w20_given_a_paid_order_when_an_older_event_comes_late_then_nothing_changes(
    paid_by_card, late: str
) -> None:
    order = paid_by_card()
    if late == "failed":
        orders.payment_failed(order_id=order.pk, reference="x", because="no", event="evt_0")
    elif late == "expired":
        orders.payment_expired(order_id=order.pk, reference="x", event="evt_0")
    else:
        with pytest.raises(orders.WrongState):
            orders.cancel(order_id=order.pk, actor="x")
    assert Order.objects.get().state == "paid"


def test_given_a_cancelled_order_when_money_comes_all_the_same_then_it_goes_back(
    acme, give, buy, till, drained
) -> None:
    give(3_000)
    order = buy()
    orders.cancel(order_id=order.pk, actor="x")
    for _ in range(2):
        orders.paid(order_id=order.pk, reference="pi_1", amount=order.money("card"), event="evt_1")
    drained()
    assert list(till.refunds.values()) == [("pi_1", order.money("card"))]
    assert Order.objects.get().state == "cancelled" and credit_of(acme) == 3_000


def test_given_a_page_when_time_is_over_then_it_is_closed_and_the_order_ends(
    acme, give, buy, till, drained
) -> None:
    give(3_000)
    order = buy()
    checkout.checkout(order_id=order.pk, success_url="https://x/", cancel_url="https://x/")
    Order.objects.update(expires_at=F("created_at"))
    checkout.expire_overdue()
    drained()
    assert till.closed == [f"cs_{order.number}"]
    assert Order.objects.get().state == "cancelled" and credit_of(acme) == 3_000


def test_given_a_provider_that_is_away_when_the_page_is_opened_then_the_order_waits(
    buy, till
) -> None:
    order = buy()
    till.is_away = True
    with pytest.raises(Problem):
        checkout.checkout(order_id=order.pk, success_url="https://x/", cancel_url="https://x/")
    till.is_away = False
    page = checkout.checkout(order_id=order.pk, success_url="https://x/", cancel_url="https://x/")
    assert page.checkout_url and page.state == "awaiting_payment"


def test_given_a_hold_that_ran_out_when_paid_then_credit_is_taken_again_or_the_card_goes_back(
    acme, give, buy, till, drained
) -> None:
    give(3_000)
    first, second = buy(), None
    ledger.release(source=first.hold_source, actor="x")
    second = buy()
    assert second.credit_minor == 3_000
    orders.paid(order_id=first.pk, reference="pi_1", amount=first.money("card"), event="e")
    drained()
    first.refresh_from_db()
    assert first.state == "cancelled" and next(iter(till.refunds.values()))[0] == "pi_1"
    ledger.release(source=second.hold_source, actor="x")
    orders.paid(order_id=second.pk, reference="pi_2", amount=second.money("card"), event="e")
    second.refresh_from_db()
    assert second.state == "paid" and credit_of(acme) == 0 and ledger.check() == []


@pytest.mark.parametrize("change", [{"card_minor": 1}, {"rounding_minor": 10}, {"state": "odd"}])
def test_given_sums_that_do_not_fit_when_written_then_the_database_refuses(
    give, buy, change
) -> None:
    give(10_000)
    order = buy()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)


def _account(organization, kind: str) -> int:
    from franchise.ledger.models import LedgerAccount

    found = LedgerAccount.objects.filter(organization=organization, kind=kind).first()
    return found.balance_minor if found else 0
