"""The local cloud's Stripe, judged by Stripe's own library: payments, refunds, disputes."""

from __future__ import annotations

import time

import pytest
import stripe

from tests.contract.stripe.stage import Refused, Stage, customer_with_card, line, session


def test_given_a_session_when_the_customer_pays_then_it_is_complete_and_tells_all(
    stage: Stage,
) -> None:
    tags = {"sovereign": "omantel.example", "order": "O-1"}
    made = session(
        stage, metadata=tags, payment_intent_data={"metadata": tags}, client_reference_id="O-1"
    )
    assert (made.status, made.payment_status, made.payment_intent) == ("open", "unpaid", None)
    assert made.url and made.url.startswith(stage.url)

    stage.pay(made.id)

    found = stage.client.v1.checkout.sessions.retrieve(
        made.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (found.status, found.payment_status) == ("complete", "paid")
    assert found.amount_total == 6_280 and found.to_dict()["metadata"] == tags
    intent = found.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received) == ("succeeded", 6_280)
    assert intent.to_dict()["metadata"] == tags
    assert isinstance(intent.latest_charge, stripe.Charge) and intent.latest_charge.paid
    assert found.line_items is not None and found.line_items.data[0].description == "Plan M"


@pytest.mark.parametrize(
    ("number", "code"),
    [("4000000000000002", "card_declined"), ("4000000000000069", "expired_card")],
)
def test_given_a_bad_card_when_tried_on_the_page_then_the_session_stays_open(
    stage: Stage, number: str, code: str
) -> None:
    made = session(stage)
    with pytest.raises(Refused):
        stage.pay(made.id, number=number)
    found = stage.client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    intent = found.payment_intent
    assert isinstance(intent, stripe.PaymentIntent) and intent.last_payment_error is not None
    assert intent.last_payment_error.code == code
    assert (found.status, intent.status) == ("open", "requires_payment_method")
    stage.pay(made.id)
    again = stage.client.v1.checkout.sessions.retrieve(made.id)
    assert (again.status, again.payment_intent) == ("complete", intent.id)


def test_given_an_open_session_when_expired_then_for_good(stage: Stage) -> None:
    made = session(stage, expires_at=int(time.time()) + 1_900)
    found = stage.client.v1.checkout.sessions.expire(made.id)
    assert (found.status, found.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        stage.client.v1.checkout.sessions.expire(made.id)
    with pytest.raises(Refused):
        stage.pay(made.id)


def test_given_a_payment_by_bank_when_it_arrives_then_the_session_is_paid(stage: Stage) -> None:
    made = session(stage, allowed_payment_method_types=["card", "us_bank_account"])
    stage.pay(made.id, late=True)
    found = stage.client.v1.checkout.sessions.retrieve(made.id)
    assert (found.status, found.payment_status) == ("complete", "unpaid")
    stage.post(f"sessions/{made.id}/arrive", fails=False)
    assert stage.client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"expires_at": 1_000}, None, "expires_at"),
        ({"line_items": [line(6_285)]}, None, "line_items[0][price_data][unit_amount]"),
        ({"line_items": [line(10)]}, "amount_too_small", "line_items"),
        ({"line_items": [line(500), line(500, "usd")]}, None, "line_items"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"colour": "blue"}, "parameter_unknown", "colour"),
        ({"success_url": ""}, "parameter_missing", "success_url"),
    ],
)
def test_given_a_session_stripe_would_refuse_when_asked_then_its_error(
    stage: Stage, params, code, param
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        session(stage, **params)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_given_a_kept_card_when_charged_without_its_holder_then_paid(stage: Stage) -> None:
    customer, method = customer_with_card(stage)
    intent = stage.client.v1.payment_intents.create(
        {
            "amount": 5_000,
            "currency": "omr",
            "customer": customer,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
            "metadata": {"order": "O-2"},
        }
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 5_000)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeCustomerFail", "card_declined"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_given_a_card_that_says_no_when_charged_without_its_holder_then_the_librarys_card_error(
    stage: Stage, token: str, code: str
) -> None:
    customer, method = customer_with_card(stage, token)
    with pytest.raises(stripe.CardError) as caught:
        stage.client.v1.payment_intents.create(
            {
                "amount": 5_000,
                "currency": "omr",
                "customer": customer,
                "payment_method": method,
                "off_session": True,
                "confirm": True,
            }
        )
    assert caught.value.code == code and caught.value.http_status == 402
    assert caught.value.error is not None and caught.value.error.payment_intent is not None
    assert caught.value.error.payment_intent.status == "requires_payment_method"


def test_given_a_card_that_asks_when_its_holder_is_there_then_an_action_is_required(
    stage: Stage,
) -> None:
    intent = stage.client.v1.payment_intents.create(
        {
            "amount": 5_000,
            "currency": "omr",
            "payment_method": "pm_card_authenticationRequired",
            "confirm": True,
        }
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None and intent.next_action.redirect_to_url is not None
    assert stage.client.v1.payment_intents.cancel(intent.id).status == "canceled"


def test_given_a_paid_intent_when_cancelled_then_refused(stage: Stage) -> None:
    customer, method = customer_with_card(stage)
    intent = stage.client.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "omr",
            "customer": customer,
            "payment_method": method,
            "confirm": True,
        }
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stage.client.v1.payment_intents.cancel(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_given_a_payment_when_refunded_in_parts_then_never_more_than_was_paid(
    stage: Stage,
) -> None:
    made = session(stage)
    intent = stage.pay(made.id)["payment_intent"]
    refunds = stage.client.v1.refunds
    first = refunds.create({"payment_intent": intent, "amount": 6_000})
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 6_000, intent)
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": intent, "amount": 290})
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": intent, "amount": 15})
    refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refunds.create({"payment_intent": intent})
    assert caught.value.code == "charge_already_refunded"
    charge = stage.client.v1.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (6_280, True)
    assert len(refunds.list({"payment_intent": intent}).data) == 2


def test_given_a_disputed_charge_when_refunded_then_refused_and_when_won_then_closed(
    stage: Stage,
) -> None:
    intent = stage.pay(session(stage).id)["payment_intent"]
    charge = stage.client.v1.payment_intents.retrieve(intent).latest_charge
    stage.post(f"charges/{charge}/dispute", reason="fraudulent")
    dispute = stage.client.v1.disputes.list({"payment_intent": intent}).data[0]
    assert (dispute.status, dispute.amount) == ("needs_response", 6_280)
    with pytest.raises(stripe.InvalidRequestError):
        stage.client.v1.refunds.create({"payment_intent": intent})
    stage.post(f"disputes/{dispute.id}/close", won=True)
    assert stage.client.v1.disputes.retrieve(dispute.id).status == "won"
