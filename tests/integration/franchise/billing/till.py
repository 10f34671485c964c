"""A payment provider in memory, behind the same door as Stripe's: it takes what it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from franchise.billing.payments import Checkout, Due, PaymentFailed, PaymentsAway, PaymentUnknown
from franchise.money import Money


@dataclass
class Till:
    has_card: bool = False
    declines: bool = False
    is_away: bool = False
    pages: dict[str, Due] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    charged: dict[str, Due] = field(default_factory=dict)
    refunds: dict[str, tuple[str, Money]] = field(default_factory=dict)

    def begin(
        self, *, due: Due, success_url: str, cancel_url: str, open_for: timedelta, keep_card: bool
    ) -> Checkout:
        self._answers()
        reference = f"cs_{due.order}"
        self.pages[reference] = due
        return Checkout(f"https://pay.example/{due.order}", reference)

    def can_charge(self, *, organization_id: int) -> bool:
        return self.has_card

    def charge(self, *, due: Due, idempotency_key: str) -> str:
        self._answers()
        if self.declines:
            raise PaymentFailed("The bank says no.", code="card_declined")
        self.charged[idempotency_key] = due
        return f"pi_{due.order}"

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> str:
        self._answers()
        self.refunds[idempotency_key] = (reference, amount)
        return f"re_{idempotency_key}"

    def cancel(self, *, reference: str) -> None:
        self._answers()
        if reference not in self.pages:
            raise PaymentUnknown("It is paid.")
        self.closed.append(reference)

    def _answers(self) -> None:
        if self.is_away:
            raise PaymentsAway("Nobody answers.")
