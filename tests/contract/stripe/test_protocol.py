"""The local cloud's Stripe, judged by Stripe's own library: keys, repeats, pages, webhooks."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
import pytest
import stripe

from catalyst.trust import context
from tests.contract.stripe.stage import Listener, Stage, session
from tests.integration.internet.running import until


def test_given_a_wrong_key_when_used_then_the_librarys_authentication_error(stage: Stage) -> None:
    stage.client._requestor._options.api_key = "sk_test_unknown_unknown_unknown"
    with pytest.raises(stripe.AuthenticationError) as caught:
        stage.client.v1.customers.list()
    assert "unknown_unknown" not in str(caught.value)


def test_given_another_account_when_it_looks_then_it_finds_nothing(stage: Stage) -> None:
    made = stage.client.v1.customers.create({"email": "a@acme.example"})
    other = Stage()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        other.client.v1.customers.retrieve(made.id)
    assert caught.value.code == "resource_missing" and caught.value.http_status == 404
    other.close()


def test_given_a_key_when_sent_again_then_the_same_answer_and_one_object(stage: Stage) -> None:
    options: Any = {"idempotency_key": "order-1"}
    create = stage.client.v1.customers.create
    first = create({"email": "a@acme.example"}, options)
    second = create({"email": "a@acme.example"}, options)
    assert first.id == second.id and len(stage.client.v1.customers.list().data) == 1
    assert second.last_response is not None
    assert second.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as caught:
        create({"email": "b@acme.example"}, options)
    assert caught.value.http_status == 400


def test_given_a_declined_charge_when_its_key_is_used_again_then_declined_again_without_asking(
    stage: Stage,
) -> None:
    options: Any = {"idempotency_key": "renewal-1"}
    params: Any = {
        "amount": 900,
        "currency": "omr",
        "payment_method": "pm_card_chargeCustomerFail",
        "confirm": True,
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            stage.client.v1.payment_intents.create(params, options)
    assert len(stage.client.v1.payment_intents.list().data) == 1


def test_given_a_refused_request_when_corrected_under_its_key_then_taken(stage: Stage) -> None:
    options: Any = {"idempotency_key": "typo"}
    with pytest.raises(stripe.InvalidRequestError):
        stage.client.v1.payment_intents.create({"amount": 905, "currency": "omr"}, options)
    made = stage.client.v1.payment_intents.create({"amount": 900, "currency": "omr"}, options)
    assert made.status == "requires_payment_method"


def test_given_a_key_under_way_when_used_meanwhile_then_409(stage: Stage) -> None:
    stage.fault("slow", seconds=0.5, path="/v1/customers")
    options: Any = {"idempotency_key": "twice"}
    answers: list[object] = []

    def ask() -> None:
        try:
            answers.append(stage.client.v1.customers.create({"name": "Acme"}, options))
        except stripe.StripeError as error:
            answers.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [error] = [one for one in answers if isinstance(one, stripe.StripeError)]
    assert error.http_status == 409 and error.error is not None
    assert error.error.code == "idempotency_key_in_use"
    assert len(stage.client.v1.customers.list().data) == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", stripe.RateLimitError),
        ("status", stripe.APIError),
        ("lost_answer", stripe.APIConnectionError),
    ],
)
def test_given_a_fault_when_it_strikes_then_the_librarys_error_for_it(
    stage: Stage, kind: str, error: type[Exception]
) -> None:
    stage.fault(kind)
    with pytest.raises(error):
        stage.client.v1.customers.create({"name": "Acme"})
    assert len(stage.client.v1.customers.list().data) == (1 if kind == "lost_answer" else 0)


def test_given_25_customers_when_the_library_pages_then_each_once_newest_first(
    stage: Stage,
) -> None:
    made = [stage.client.v1.customers.create({"name": str(number)}).id for number in range(25)]
    found = stage.client.v1.customers.list({"limit": 10})
    assert found.has_more and len(found.data) == 10
    assert [each.id for each in found.auto_paging_iter()] == made[::-1]


def test_given_metadata_when_changed_then_merged_and_an_empty_value_removes(stage: Stage) -> None:
    made = stage.client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    changed = stage.client.v1.customers.update(made.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.to_dict()["metadata"] == {"a": "1", "c": "3"}
    assert stage.client.v1.customers.delete(made.id).deleted
    assert stage.client.v1.customers.retrieve(made.id).deleted


def test_given_basic_auth_when_asked_then_let_in_as_with_a_bearer(stage: Stage) -> None:
    auth = (stage.key.reveal(), "")
    with httpx.Client(verify=context(stage.link.ca_bundle), auth=auth) as http:
        answer = http.get(f"{stage.url}/v1/account")
        nowhere = http.get(f"{stage.url}/v1/nothing")
    assert answer.json()["id"] == stage.account
    assert nowhere.status_code == 404
    assert nowhere.json()["error"]["type"] == "invalid_request_error"


def endpoint(stage: Stage, listener: Listener, *events: str) -> str:
    """The secret webhooks are signed with."""
    made = stage.client.v1.webhook_endpoints.create(
        {"url": listener.url, "enabled_events": list(events or ("*",))}  # type: ignore[list-item]
    )
    assert made.secret and made.secret.startswith("whsec_")
    assert "secret" not in stage.client.v1.webhook_endpoints.retrieve(made.id)
    return made.secret


def test_given_an_endpoint_when_something_happens_then_signed_as_the_library_wants(
    stage: Stage,
) -> None:
    with Listener() as listener:
        secret = endpoint(stage, listener, "checkout.session.completed")
        paid = session(stage)
        stage.pay(paid.id)
        [body] = until(lambda: listener.bodies)
        event = stripe.Webhook.construct_event(body, listener.signatures[0], secret)
        assert (event.type, event.data.object["id"]) == ("checkout.session.completed", paid.id)
        assert stage.client.v1.events.retrieve(event.id).type == event.type
        for wrong in (body.replace(b"paid", b"free"), body[:-1]):
            with pytest.raises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(wrong, listener.signatures[0], secret)


def test_given_a_listener_that_fails_when_told_then_told_again_until_it_takes_it(
    stage: Stage,
) -> None:
    with Listener(refuse=1) as listener:
        endpoint(stage, listener, "customer.created")
        stage.client.v1.customers.create({"name": "Acme"})
        until(lambda: len(listener.bodies) == 2)
        first, second = (json.loads(body)["id"] for body in listener.bodies)
        assert first == second
        event = until(
            lambda: [
                row
                for row in stage.client.v1.events.list({"type": "customer.created"}).data
                if row.pending_webhooks == 0
            ]
        )
        assert event[0].id == first


def test_given_held_webhooks_when_released_reversed_five_times_each_then_so_they_come(
    stage: Stage,
) -> None:
    with Listener() as listener:
        endpoint(stage, listener)
        stage.webhooks(held=True)
        stage.pay(session(stage).id)
        assert listener.bodies == []
        assert set(stage.post("webhooks/release", order="reversed", copies=5)["statuses"]) == {200}
        types = [json.loads(body)["type"] for body in listener.bodies]
        assert types[::5] == [
            "checkout.session.completed",
            "payment_intent.succeeded",
            "charge.succeeded",
            "payment_intent.created",
        ]
        assert len(types) == 20


def test_given_the_payment_page_when_a_browser_sends_the_form_then_back_to_the_shop(
    stage: Stage,
) -> None:
    made = session(stage, allowed_payment_method_types=["card"])
    with httpx.Client(verify=context(stage.link.ca_bundle)) as browser:
        page = browser.get(str(made.url))
        assert "OMR 6.280" in page.text and "https://shop.example/cart" in page.text
        declined = browser.post(str(made.url), data={"number": "4000 0000 0000 0002"})
        assert declined.status_code == 402 and "Your card was declined." in declined.text
        asked = browser.post(str(made.url), data={"number": "4000002760003184"})
        bank = f"{stage.url}{asked.headers['location']}"
        assert "Complete authentication" in browser.get(bank).text
        done = browser.post(bank, data={"answer": "yes"})
        assert done.headers["location"] == f"https://shop.example/done?session={made.id}"
        assert browser.get(str(made.url)).status_code == 410
    assert stage.client.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"
