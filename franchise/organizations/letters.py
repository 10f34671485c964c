"""Mails to an Organization's people, promised in the transaction they tell of."""

from __future__ import annotations

from typing import Any

from franchise.mails.services import send
from franchise.organizations.members.services import addresses
from franchise.organizations.models import Organization


def tell_owners(*, kind: str, organization: Organization, key: str, **words: Any) -> None:
    """One mail to each owner; `key` is of what happened."""
    context = {"organization": organization.name, "slug": organization.slug, **words}
    for to in addresses(organization_id=organization.pk):
        send(kind=kind, to=to, key=f"organization:{organization.pk}:{key}", context=context)
