"""The groups `/orgs/<slug>/<role>` at the Sovereign's Keycloak follow the memberships.

Promised in the transaction that changes a membership; the worker reads the rows as they are then,
so that order and repetition do not matter.
"""

from __future__ import annotations

from django.conf import settings

from catalyst.identity.keycloak import services as keycloak
from catalyst.work import outbox
from franchise.organizations.members.models import Membership

TOPIC = "organizations.people"


def want(*, slug: str) -> None:
    """Promise that its groups hold its members. Nothing where there is no Keycloak of ours."""
    if keycloak.has_groups():
        outbox.put(topic=TOPIC, key=slug, payload={"slug": slug})


def wanted(*, slug: str) -> dict[str, set[str]]:
    """Role → subjects at the issuer of those who logged in once. Whoever has the slug now."""
    rows = Membership.objects.filter(
        organization__slug=slug, user__issuer=settings.CATALYST.oidc_issuer
    )
    found: dict[str, set[str]] = {}
    for role, subject in rows.values_list("role", "user__subject"):
        found.setdefault(role, set()).add(subject)
    return found


def sync(*, slug: str) -> None:
    """Keep the promise. Raises IssuerAway, KeycloakRefuses."""
    keycloak.set_members(slug=slug, people=wanted(slug=slug))
