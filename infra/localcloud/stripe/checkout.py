"""The life of a checkout session, after it was made and before it ends."""

from __future__ import annotations

from infra.localcloud.stripe import charging
from infra.localcloud.stripe.book import Account, new_id, now
from infra.localcloud.stripe.cards import Card
from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.world import Json, World


def pay(
    world: World, account: Account, session: Json, card: Card, *, email: str, proved: bool = False
) -> Json:
    """The customer sends the form. Raises StripeError 402; the session stays open then.

    The payment intent in the answer may want the customer to prove who they are.
    """
    customer = _customer(account, session, email)
    intent = _intent(world, account, session, customer)
    method = charging.new_method(account, card)
    method["billing_details"]["email"] = email
    charging.confirm(world, account, intent, method, off_session=False, proved=proved)
    if intent["status"] == "succeeded":
        _complete(world, account, session, customer, email, paid=True)
    return intent


def prove(world: World, account: Account, session: Json, intent: Json, *, passed: bool) -> None:
    """The customer has been at their bank. Raises StripeError 402 when it was not them."""
    method = account.objects[intent["payment_method"]]
    if not passed:
        raise charging.decline(world, account, intent, method, "authentication_required")
    charging.succeed(world, account, intent, method)
    email = method["billing_details"]["email"]
    _complete(world, account, session, intent["customer"], email, paid=True)


def pay_late(world: World, account: Account, session: Json, *, email: str) -> Json:
    """By bank: the session is complete, the money on its way."""
    customer = _customer(account, session, email)
    intent = _intent(world, account, session, customer)
    intent["status"] = "processing"
    world.tell(account, "payment_intent.processing", intent)
    _complete(world, account, session, customer, email, paid=False)
    return intent


def arrive(world: World, account: Account, session: Json, *, fails: bool, card: Card) -> None:
    """What came of a payment by bank."""
    intent = account.objects[session["payment_intent"]]
    method = charging.new_method(account, card)
    if fails:
        charging.decline(world, account, intent, method, "generic_decline")
        world.tell(account, "checkout.session.async_payment_failed", session)
        return
    charging.succeed(world, account, intent, method)
    session["payment_status"] = "paid"
    world.tell(account, "checkout.session.async_payment_succeeded", session)


def expire(world: World, account: Account, session: Json, *, request: Json | None = None) -> None:
    session["status"], session["url"] = "expired", None
    intent = account.objects.get(session["payment_intent"] or "")
    if intent is not None and intent["status"] not in charging.ENDED:
        charging.cancel(world, account, intent, because="automatic", request=request)
    world.tell(account, "checkout.session.expired", session, request)


def expire_overdue(world: World) -> None:
    for account in list(world.book.accounts.values()):
        overdue = [
            session
            for session in account.all("checkout.session", status="open")
            if session["expires_at"] <= now()
        ]
        for session in overdue:
            expire(world, account, session)
        if overdue:
            world.book.save(account)


def must_be_open(session: Json) -> None:
    """Raises StripeError."""
    if session["status"] != "open":
        raise StripeError(400, "invalid_request_error", f"This session is {session['status']}.")


def _customer(account: Account, session: Json, email: str) -> str | None:
    known: str | None = session["customer"]
    if known is None and session["customer_creation"] == "always":
        made = account.add(
            {
                "id": new_id("cus_", 14),
                "object": "customer",
                "created": now(),
                "email": email,
                "invoice_settings": {"default_payment_method": None},
                "livemode": False,
                "metadata": {},
                "name": None,
            }
        )
        session["customer"] = known = made["id"]
    return known


def _intent(world: World, account: Account, session: Json, customer: str | None) -> Json:
    """It is made when the customer first tries, and tried again with the next card."""
    if session["payment_intent"] is not None:
        return account.objects[session["payment_intent"]]
    intent = charging.new_intent(
        account,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=customer,
        payment_method_types=session["payment_method_types"],
        **account.wishes[session["id"]],
    )
    session["payment_intent"] = intent["id"]
    world.tell(account, "payment_intent.created", intent)
    return intent


def _complete(
    world: World,
    account: Account,
    session: Json,
    customer: str | None,
    email: str,
    *,
    paid: bool,
) -> None:
    session.update(
        status="complete",
        url=None,
        customer=customer,
        payment_status="paid" if paid else "unpaid",
        customer_details={"email": email, "name": None, "phone": None, "address": None},
    )
    world.tell(account, "checkout.session.completed", session)
