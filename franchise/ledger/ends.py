"""What the ledger does when an Organization ends, and what of it an Organization takes away."""

from __future__ import annotations

from typing import Any

from franchise.ledger.holds import forfeit
from franchise.ledger.reading import history
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.organizations.states import State

MOST = 100_000


def register() -> None:
    """When the app starts."""
    organizations.on_state(no_credit_without_organization)
    organizations.exports("credit.json", of_credit)


def no_credit_without_organization(organization: Organization, before: str) -> None:
    """w28: the credit of an Organization that is no more cannot be spent and is not counted."""
    if organization.state == State.DELETED:
        forfeit(organization_id=organization.pk)


def of_credit(organization_id: int) -> list[dict[str, Any]]:
    """Everything that changed its credit, newest first."""
    rows = history(organization_id=organization_id, limit=MOST).rows
    return [
        {
            "at": row.transaction.created_at,
            "what": row.transaction.kind,
            "amount": row.amount,
            "order": row.transaction.order,
            "campaign": row.transaction.campaign,
        }
        for row in rows
    ]
