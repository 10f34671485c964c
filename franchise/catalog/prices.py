"""Prices as a version tells them: those of now, and those that are set for later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from franchise.money import Money


@dataclass(frozen=True, slots=True)
class Told:
    """`minor` None: not sold in this currency from then on."""

    currency: str
    minor: int | None
    since: datetime

    @property
    def amount(self) -> Money | None:
        return None if self.minor is None else Money(self.minor, self.currency)


def prices_now(facts: Mapping[str, Any]) -> list[Told]:
    """One per currency it is sold in, for showing: what is paid, `quoting` asks the database."""
    now = timezone.now()
    newest = {each.currency: each for each in every_price(facts) if each.since <= now}
    return [each for each in newest.values() if each.minor is not None]


def prices_later(facts: Mapping[str, Any]) -> list[Told]:
    now = timezone.now()
    return [each for each in every_price(facts) if each.since > now]


def every_price(facts: Mapping[str, Any]) -> list[Told]:
    """Those that held when the version was made, and those set for later."""
    return [
        Told(currency, each["minor"], datetime.fromisoformat(each["from"]))
        for currency, prices in facts.get("prices", {}).items()
        for each in prices
    ]
