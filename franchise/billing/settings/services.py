"""How this franchise bills. A field left blank never forgets a key; removing one is its own act."""

from __future__ import annotations

from catalyst.vault.secret import Secret
from catalyst.vault.services import get as open_sealed
from franchise.billing.settings.models import BillingSecret


def secret(name: str) -> Secret | None:
    """A key (`BillingSecret.Name`), opened now; None while it was not given."""
    kept = BillingSecret.objects.filter(name=name).first()
    return open_sealed(str(kept.reference)) if kept else None
