"""What billing wants of Stripe. It keeps nothing: whoever calls brings ids and keeps answers.

Every object that is made carries `Due.metadata`, and every call that makes one an idempotency key
of our own ids, so that a call whose answer was lost is made again without a second effect.
"""

from __future__ import annotations

import time
from datetime import timedelta

import stripe
from django.utils.translation import gettext as _

from franchise.billing.payments import Checkout, Due, PaymentFailed, PaymentUnknown
from franchise.billing.stripe import reading
from franchise.billing.stripe.amounts import to_stripe
from franchise.billing.stripe.calls import AlreadyAsked, asking
from franchise.billing.stripe.client import Link, connect
from franchise.billing.stripe.shapes import Page, Payment
from franchise.money import Money

CreateSession = stripe.params.checkout.SessionCreateParams
_MOST = 100


class Stripe:
    """For one use, with one key. All methods raise PaymentsAway and KeyRefused."""

    def __init__(self, link: Link) -> None:
        self._client = connect(link)
        self._v1 = self._client.v1

    def make_customer(self, *, due: Due) -> str:
        """The Organization as a customer of Stripe's; the same one however often it is asked."""
        with asking("customer"):
            made = self._v1.customers.create(
                {
                    "email": due.email,
                    "name": due.organization,
                    "metadata": {"sovereign": due.sovereign, "organization": due.organization},
                },
                {"idempotency_key": f"customer-{due.sovereign}-{due.organization_id}"},
            )
        return made.id

    def open_page(
        self,
        *,
        due: Due,
        customer: str,
        success_url: str,
        cancel_url: str,
        open_for: timedelta,
        keep_card: bool,
    ) -> Checkout:
        """One page for an order: found again when its answer was lost. Raises PaymentUnknown."""
        if (found := self._page_of(due, customer)) is not None:
            return found
        params: CreateSession = {
            **_params(due),
            "customer": customer,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(time.time() + open_for.total_seconds()),
        }
        if keep_card:
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
        try:
            with asking("page"):
                made = self._v1.checkout.sessions.create(
                    params, {"idempotency_key": f"page-{due.sovereign}-{due.order}"}
                )
        except AlreadyAsked:
            # Somebody asked a moment ago, with another second in `expires_at`.
            if (found := self._page_of(due, customer)) is None:
                raise
            return found
        if _is_replay(made) and (made := self._session(made.id)).status != "open":
            raise PaymentUnknown(_("The payment page of this order was closed."))
        return Checkout(made.url or "", made.id)

    def charge(self, *, due: Due, customer: str, method: str, idempotency_key: str) -> str:
        """Without its holder; the payment's id.

        Raises PaymentFailed, also when the bank wants to see them.
        """
        amount, currency = to_stripe(due.amount)
        try:
            with asking("charge"):
                intent = self._v1.payment_intents.create(
                    {
                        "amount": amount,
                        "currency": currency,
                        "customer": customer,
                        "payment_method": method,
                        "allowed_payment_method_types": ["card"],
                        "off_session": True,
                        "confirm": True,
                        "description": due.words,
                        "metadata": due.metadata,
                    },
                    {"idempotency_key": f"{due.sovereign}-{idempotency_key}"},
                )
        except AlreadyAsked:
            # With another card, and nobody heard the answer: did that one pay?
            return self._charged(due, customer)
        if intent.status != "succeeded":
            self.cancel(reference=intent.id)
            raise PaymentFailed(code=intent.status)
        return intent.id

    def _charged(self, due: Due, customer: str) -> str:
        with asking("payments"):
            recent = self._v1.payment_intents.list({"customer": customer, "limit": _MOST})
        for intent in recent.data:
            told = intent.to_dict()["metadata"].get("order")
            if told == due.order and intent.status == "succeeded":
                return intent.id
        raise PaymentFailed(code="other-card")

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> str:
        """Raises PaymentUnknown when there is not so much left of it."""
        with asking("refund"):
            made = self._v1.refunds.create(
                {"payment_intent": reference, "amount": to_stripe(amount)[0]},
                {"idempotency_key": f"{reference}-{idempotency_key}"},
            )
        return made.id

    def cancel(self, *, reference: str) -> None:
        """Nobody can pay it afterwards. Raises PaymentUnknown when somebody has."""
        if reference.startswith("cs_"):
            self._close(reference)
            return
        try:
            with asking("cancel"):
                self._v1.payment_intents.cancel(reference)
        except PaymentUnknown:
            with asking("look"):
                if self._v1.payment_intents.retrieve(reference).status == "canceled":
                    return
            raise

    def look(self, *, reference: str) -> Payment:
        """A payment as it is now. Raises PaymentUnknown."""
        with asking("look"):
            intent = self._v1.payment_intents.retrieve(reference, {"expand": reading.EXPAND})
            disputes: list[stripe.Dispute] = []
            if reading.is_disputed(intent):
                wanted = {"payment_intent": reference, "limit": _MOST}
                disputes = self._v1.disputes.list(wanted).data  # type: ignore[arg-type]
        return reading.payment(intent, disputes)

    def look_at_page(self, *, reference: str) -> Page:
        """A page as it is now, with its payment. Raises PaymentUnknown."""
        session = self._session(reference)
        intent = session.payment_intent
        paid = self.look(reference=str(intent)) if intent else None
        return reading.page(session, paid)

    def _page_of(self, due: Due, customer: str) -> Checkout | None:
        with asking("pages"):
            open_ones = self._v1.checkout.sessions.list(
                {"customer": customer, "status": "open", "limit": _MOST}
            )
        for session in open_ones.data:
            if session.client_reference_id == due.order and session.url:
                return Checkout(session.url, session.id)
        return None

    def _close(self, reference: str) -> None:
        try:
            with asking("close page"):
                self._v1.checkout.sessions.expire(reference)
        except PaymentUnknown:
            if self._session(reference).status == "expired":
                return
            raise

    def _session(self, reference: str) -> stripe.checkout.Session:
        with asking("look at page"):
            return self._v1.checkout.sessions.retrieve(reference)


def _is_replay(made: stripe.checkout.Session) -> bool:
    """The answer of an earlier call under this key; what it shows may be over."""
    answer = made.last_response
    return answer is not None and "idempotent-replayed" in answer.headers


def _params(due: Due) -> CreateSession:
    amount, currency = to_stripe(due.amount)
    return {
        "mode": "payment",
        "client_reference_id": due.order,
        # One line of the sum: what credit pays is not Stripe's business.
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": amount,
                    "product_data": {"name": due.words},
                },
            }
        ],
        "allowed_payment_method_types": ["card"],
        "payment_intent_data": {"metadata": due.metadata, "description": due.words},
        "metadata": due.metadata,
    }
