"""The door to whoever takes cards. It is asked outside of transactions, with idempotency keys made
from our own ids.

The one provider is registered in `franchise/apps.py`; `provider()` raises when it has no key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from catalyst.language.words import lazy
from catalyst.problem import Problem
from franchise.money import Money

# So long a customer may take on the provider's page (Stripe allows 30 minutes to 24 hours).
PAGE_OPEN = timedelta(hours=1)


class PaymentsNotConfigured(Problem):
    """The franchise has given no key of the provider: nothing was reserved, nothing is lost."""

    type = "payments-not-configured"
    title = lazy("Cards cannot be taken here yet")
    status = 503


class PaymentsAway(Problem):
    """The provider did not answer, or not sensibly. The same call may be made again."""

    type = "payments-away"
    title = lazy("The payment provider cannot be reached")
    status = 502


class PaymentFailed(Problem):
    """The card was declined, or asks for its holder. `code` in `extra` is the provider's."""

    type = "payment-failed"
    title = lazy("The card was not charged")
    status = 402


class PaymentUnknown(Problem):
    """The provider knows no such payment, or it can no longer be changed so."""

    type = "payment-unknown"
    title = lazy("The payment provider refuses this")
    status = 409


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid by card for one order. `amount` is what is charged, nothing else.

    `order_id`, `order` (its number), `organization` (slug), `sovereign` (fqdn) and `campaign`
    (voucher campaigns that paid a part, may be empty) go into the metadata of every object.
    """

    order_id: int
    order: str
    organization_id: int
    organization: str
    amount: Money
    words: str
    email: str
    sovereign: str
    campaign: str = ""

    @property
    def metadata(self) -> dict[str, str]:
        return {
            "sovereign": self.sovereign,
            "organization": self.organization,
            "order": self.order,
            "order_id": str(self.order_id),
            "campaign": self.campaign,
        }


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the customer pays, and the provider's reference of that page."""

    url: str
    reference: str


class Payments(Protocol):
    def begin(
        self, *, due: Due, success_url: str, cancel_url: str, open_for: timedelta, keep_card: bool
    ) -> Checkout:
        """Open a page for exactly `due.amount`. The same order gives the same page again."""

    def can_charge(self, *, organization_id: int) -> bool:
        """Is there a card that this Organization lets us charge for renewals? Asks nobody."""

    def charge(self, *, due: Due, idempotency_key: str) -> str:
        """Charge the kept card without its holder; returns the payment's reference.

        Raises PaymentFailed, PaymentsAway.
        """

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> str:
        """Give back a part of a payment; returns the refund's reference."""

    def cancel(self, *, reference: str) -> None:
        """Close a page or payment that nobody has paid. Raises PaymentUnknown when it is paid."""


_providers: list[Callable[[], Payments | None]] = []


def offer(make: Callable[[], Payments | None]) -> None:
    """Register the provider: `make()` gives None while it has no key. The latest one counts."""
    _providers.append(make)


def withdraw(make: Callable[[], Payments | None]) -> None:
    """Take a registered provider away again."""
    _providers.remove(make)


def provider() -> Payments:
    """Raises PaymentsNotConfigured."""
    found = _providers[-1]() if _providers else None
    if found is None:
        raise PaymentsNotConfigured
    return found


def is_configured() -> bool:
    return bool(_providers) and _providers[-1]() is not None
