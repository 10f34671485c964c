"""The groups `/orgs/<slug>/<role>` at the Sovereign's Keycloak, and whoever else asked to be told,
follow the memberships.

Promised in the transaction that changes a membership; the worker reads the rows as they are then,
so that order and repetition do not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from catalyst.identity.keycloak import services as keycloak
from catalyst.work import outbox
from franchise.organizations.members.models import Membership

TOPIC = "organizations.people"
# Of the Organization with this slug the members, or their roles, are others from now on.
OnPeople = Callable[[str], None]
_told: list[OnPeople] = []


@dataclass(frozen=True, slots=True)
class Known:
    """A member who logged in by the issuer; `subject` as that calls them."""

    subject: str
    email: str
    role: str


def on_people(callback: OnPeople) -> OnPeople:
    """Register what a room does then, in the transaction that changes a membership."""
    if callback not in _told:
        _told.append(callback)
    return callback


def want(*, slug: str) -> None:
    """Promise that its groups hold its members. Nothing where there is no Keycloak of ours."""
    for callback in _told:
        callback(slug)
    if keycloak.has_groups():
        outbox.put(topic=TOPIC, key=slug, payload={"slug": slug})


def known(*, slug: str) -> list[Known]:
    """Those who logged in once. Whoever has the slug now."""
    rows = Membership.objects.filter(
        organization__slug=slug, user__issuer=settings.CATALYST.oidc_issuer
    )
    told = rows.order_by("id").values_list("user__subject", "user__email", "role")
    return [Known(*each) for each in told]


def wanted(*, slug: str) -> dict[str, set[str]]:
    """Role → subjects at the issuer."""
    found: dict[str, set[str]] = {}
    for each in known(slug=slug):
        found.setdefault(each.role, set()).add(each.subject)
    return found


def sync(*, slug: str) -> None:
    """Keep the promise. Raises IssuerAway, KeycloakRefuses."""
    keycloak.set_members(slug=slug, people=wanted(slug=slug))
