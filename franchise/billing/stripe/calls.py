"""One call to Stripe: its library's errors become ours, which hold no key and no request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stripe
import structlog
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from franchise.billing.payments import PaymentFailed, PaymentsAway, PaymentUnknown

log = structlog.get_logger(__name__)

# Stripe says why in English; a customer is told in their language, and never more than they may do.
DECLINED = lazy("The card was declined. Use another card, or ask its bank.")
DECLINES = {
    "insufficient_funds": lazy("There is not enough money behind this card."),
    "expired_card": lazy("This card has expired."),
    "incorrect_cvc": lazy("The card's security code is not right."),
    "authentication_required": lazy("The card's bank wants its holder to confirm this payment."),
}


class KeyRefused(PaymentsAway):
    """Stripe does not take our key; somebody has to give another."""

    type = "payments-key-refused"


class AlreadyAsked(PaymentUnknown):
    """The idempotency key was used for something else."""


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Raises PaymentFailed, PaymentUnknown, PaymentsAway, KeyRefused, AlreadyAsked."""
    try:
        yield
    except stripe.StripeError as error:
        problem = _problem(error)
        log.warning(
            "stripe refused", call=call, error=type(error).__name__, code=_code(error),
            status=error.http_status, request=error.request_id,
        )  # fmt: skip
    else:
        return
    raise problem


def _problem(error: stripe.StripeError) -> Exception:
    if isinstance(error, stripe.CardError):
        code = _code(error)
        return PaymentFailed(str(DECLINES.get(code, DECLINED)), code=code)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return KeyRefused(_("Stripe does not take the key that is kept here."))
    if isinstance(error, stripe.IdempotencyError):
        return AlreadyAsked(_("Something else was asked under this key before."))
    if isinstance(error, stripe.InvalidRequestError):
        return PaymentUnknown(error.user_message or "", code=_code(error))
    # Away, too fast, broken there, or the same call is under way: asked again, it may succeed.
    return PaymentsAway(_("Nothing was lost. Try again in a minute."))


def _code(error: stripe.StripeError) -> str:
    """A decline's own code says more than `card_declined`."""
    found = (getattr(error.error, name, None) for name in ("decline_code", "code"))
    return next(filter(None, found), "")
