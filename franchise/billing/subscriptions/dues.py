"""What one more month costs: the price as it was bought, taxed by today's rate."""

from __future__ import annotations

from franchise.billing.settings import services as settings
from franchise.billing.subscriptions.models import Subscription
from franchise.billing.taxes import services as taxes
from franchise.billing.taxes.arithmetic import Taxed
from franchise.money import Money


def due(row: Subscription) -> Taxed:
    """Tax in it or on top, as it was when it was bought."""
    return taxes.tax(
        amount=Money(row.snapshot["total_minor"], row.currency),
        country=settings.current().country,
        included=row.snapshot["tax_included"],
    )
