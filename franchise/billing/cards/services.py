"""Billing's door to Stripe (`payments.Payments`), with the rows that the adapter must not know."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from franchise.billing.cards.models import CardAccount
from franchise.billing.payments import Checkout, Due, PaymentFailed, PaymentUnknown
from franchise.billing.settings import services as billing
from franchise.billing.settings.models import BillingSecret
from franchise.billing.stripe.adapter import Stripe
from franchise.billing.stripe.client import Link
from franchise.billing.stripe.shapes import Payment
from franchise.money import Money

GONE = "resource_missing"


class CardPayments:
    """See `franchise.billing.payments.Payments`, which says what each of these promises."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def begin(
        self, *, due: Due, success_url: str, cancel_url: str, open_for: timedelta, keep_card: bool
    ) -> Checkout:
        def page(customer: str) -> Checkout:
            return self._stripe.open_page(
                due=due, customer=customer, success_url=success_url, cancel_url=cancel_url,
                open_for=open_for, keep_card=keep_card,
            )  # fmt: skip

        account = self._account(due)
        try:
            return page(account.customer)
        except PaymentUnknown as problem:
            if problem.extra.get("code") != GONE:
                raise
        # The key is another Stripe account's now, or somebody deleted the customer there.
        return page(self._renewed(account, due).customer)

    def can_charge(self, *, organization_id: int) -> bool:
        kept = CardAccount.objects.filter(organization_id=organization_id)
        return kept.exclude(payment_method="").exists()

    def charge(self, *, due: Due, idempotency_key: str) -> str:
        account = CardAccount.objects.filter(organization_id=due.organization_id).first()
        if account is None or not account.payment_method:
            raise PaymentFailed(code="no-card")
        try:
            return self._stripe.charge(
                due=due, customer=account.customer, method=account.payment_method,
                idempotency_key=idempotency_key,
            )  # fmt: skip
        except PaymentUnknown as problem:
            # Its customer or card is not there any more: nothing that another try would mend.
            raise PaymentFailed(problem.detail, code=problem.extra.get("code", "")) from None

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> str:
        return self._stripe.refund(
            reference=reference, amount=amount, idempotency_key=idempotency_key
        )

    def cancel(self, *, reference: str) -> None:
        self._stripe.cancel(reference=reference)

    def _account(self, due: Due) -> CardAccount:
        found = CardAccount.objects.filter(organization_id=due.organization_id).first()
        if found is not None:
            return found
        customer = self._stripe.make_customer(due=due)
        # Whoever asked at the same moment was given the same customer.
        return CardAccount.objects.get_or_create(
            organization_id=due.organization_id, defaults={"customer": customer}
        )[0]

    def _renewed(self, account: CardAccount, due: Due) -> CardAccount:
        account.customer = self._stripe.make_customer(due=due)
        account.payment_method = account.brand = account.last4 = ""
        account.save()
        return account


def stripe() -> Stripe | None:
    """Stripe with the key that is kept now; None while there is none."""
    key = billing.secret(BillingSecret.Name.API_KEY)
    if key is None:
        return None
    return Stripe(Link(key, settings.CATALYST.stripe_url, settings.CATALYST.ca_bundle))


def provider() -> CardPayments | None:
    """What `franchise/apps.py` offers to billing."""
    found = stripe()
    return CardPayments(found) if found else None


def remember(payment: Payment) -> None:
    """The card of a payment whose customer lets us charge it again. Joins the transaction."""
    if payment.kept and payment.card is not None and payment.customer:
        CardAccount.objects.filter(customer=payment.customer).update(
            payment_method=payment.card.method,
            brand=payment.card.brand,
            last4=payment.card.last4,
        )
