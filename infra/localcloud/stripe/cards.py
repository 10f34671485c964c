"""Stripe's test cards (docs.stripe.com/testing): what happens when one of them is charged."""

from __future__ import annotations

from dataclasses import dataclass

SAYS = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
# Decline codes that are error codes of their own; the others are `card_declined`.
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}


@dataclass(frozen=True, slots=True)
class Card:
    """declines      decline code of a charge
    asks          the bank wants its customer to prove who they are: `always`, or `until_set_up`
    disputed      the customer disputes every charge at once
    refund_fails  a refund succeeds and fails later
    """

    number: str
    token: str
    brand: str = "visa"
    declines: str = ""
    asks: str = ""
    disputed: bool = False
    refund_fails: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = (
    Card("4242424242424242", "pm_card_visa"),
    Card("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    Card("4000000000000002", "pm_card_visa_chargeDeclined", declines="generic_decline"),
    Card("4000000000000341", "pm_card_chargeCustomerFail", declines="generic_decline"),
    Card(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        declines="insufficient_funds",
    ),
    Card("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", declines="lost_card"),
    Card("4000000000000069", "pm_card_chargeDeclinedExpiredCard", declines="expired_card"),
    Card("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", declines="incorrect_cvc"),
    Card("4000000000000119", "pm_card_chargeDeclinedProcessingError", declines="processing_error"),
    Card("4000002500003155", "pm_card_authenticationRequiredOnSetup", asks="until_set_up"),
    Card("4000002760003184", "pm_card_authenticationRequired", asks="always"),
    Card("4000000000000259", "pm_card_createDispute", disputed=True),
    Card("4000000000005126", "pm_card_refundFail", refund_fails=True),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}
