"""The groups `/orgs/<slug>/<role>` at the Sovereign's Keycloak follow the memberships.

Promised in the transaction that changes a membership; the worker reads the rows as they are then,
so that order and repetition do not matter.
"""

from __future__ import annotations

from django.conf import settings

from catalyst.work import outbox
from franchise.organizations.members.models import Membership

TOPIC = "organizations.people"


def want(*, organization_id: int) -> None:
    """Promise that its groups hold its members. Nothing where there is no Keycloak of ours."""
    env = settings.CATALYST
    if env.role == "sovereign" and env.oidc_issuer:
        outbox.put(topic=TOPIC, key=str(organization_id), payload={"id": organization_id})


def wanted(*, organization_id: int) -> dict[str, set[str]]:
    """Role → subjects at the issuer of those who logged in once."""
    rows = Membership.objects.filter(
        organization_id=organization_id, user__issuer=settings.CATALYST.oidc_issuer
    )
    found: dict[str, set[str]] = {}
    for role, subject in rows.values_list("role", "user__subject"):
        found.setdefault(role, set()).add(subject)
    return found
