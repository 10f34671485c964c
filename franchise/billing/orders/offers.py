"""What a choice costs today, with its tax, and how it would be paid. Looked at, not yet bought."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from franchise.billing.orders.problems import PriceChanged, WorthNothing
from franchise.billing.orders.split import Split, split
from franchise.billing.settings import services as settings
from franchise.billing.taxes import services as taxes
from franchise.billing.taxes.arithmetic import Taxed
from franchise.catalog import services as catalog
from franchise.catalog.services import Quote
from franchise.ledger import services as ledger
from franchise.money import Money


@dataclass(frozen=True, slots=True)
class Cart:
    """A customer's choice, by the catalog's slugs. No currency: the franchise's own."""

    plan: str
    addons: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    bundle: str | None = None
    units: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """`fingerprint` is equal while the customer pays the same for the same, tax included."""

    quote: Quote
    taxed: Taxed

    @property
    def fingerprint(self) -> str:
        said = [
            self.quote.fingerprint,
            self.taxed.total.minor,
            self.taxed.basis_points,
            self.taxed.included,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def must_match(self, fingerprint: str) -> None:
        """Raises PriceChanged unless this is what the customer saw."""
        if constant_time_compare(self.fingerprint, fingerprint):
            return
        raise PriceChanged(
            _("It is now %(total)s a month. Look at it again and confirm. Nothing was ordered.")
            % {"total": self.taxed.total},
            total=self.taxed.total.minor, currency=self.quote.currency,
            fingerprint=self.fingerprint,
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """For the order to keep: plain JSON."""
        return {**self.quote.facts(), "tax": tax_facts(self.taxed)}


def tax_facts(taxed: Taxed) -> dict[str, Any]:
    """What an order keeps of its tax: plain JSON."""
    return {
        "name": taxed.name,
        "basis_points": taxed.basis_points,
        "included": taxed.included,
    }


def offer(*, cart: Cart) -> Offer:
    """Raises NotSold, WorthNothing."""
    rules = settings.current()
    quote = catalog.quote(
        currency=cart.currency or rules.currency, plan=cart.plan, addons=cart.addons,
        apps=cart.apps, bundle=cart.bundle, units=cart.units,
    )  # fmt: skip
    if not quote.total and not all(line.included for line in quote.lines):
        raise WorthNothing(_("This choice has no price, so it is not sold."), field="plan")
    taxed = taxes.tax(amount=quote.total, country=rules.country, included=rules.prices_include_tax)
    return Offer(quote, taxed)


def how_paid(*, organization_id: int, total: Money, use_credit: bool) -> Split:
    """What of a total credit pays now, and what is left for the card."""
    there = Money(0, total.currency)
    if use_credit:
        there = ledger.available(organization_id=organization_id, currency=total.currency)
    return split(total=total, credit=there)
