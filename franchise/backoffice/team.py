"""Who works here: people with a role of the staff, where they are logged in, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from catalyst.identity.models import Role, User

STAFF = (Role.SOVEREIGN_ADMIN, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Colleague:
    """`seen_at` is of the log-ins that are open now; None: nowhere logged in."""

    person: User
    roles: list[str]
    sessions: int
    seen_at: datetime | None
    is_local: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where roles come from. `issuer` is empty where people have passwords of this installation."""

    issuer: str
    roles: tuple[str, ...]


def source() -> Source:
    """Who says which roles a person has here."""
    return Source(issuer=settings.CATALYST.oidc_issuer or "", roles=tuple(STAFF))


def colleagues() -> list[Colleague]:
    """All with a role of the staff, those seen last first; who may not log in any more at the end.

    Roles are those of a person's last log-in or renewal: what the issuer took away since is gone
    at the next one.
    """
    has_staff_role = Q()
    for role in STAFF:
        has_staff_role |= Q(roles__contains=[role])
    is_open = Q(sessions__expire_date__gt=timezone.now())
    found = User.objects.filter(has_staff_role).annotate(
        open_sessions=Count("sessions", filter=is_open),
        last_seen=Max("sessions__seen_at", filter=is_open),
    )
    rows = [
        Colleague(
            person=user,
            roles=[str(role.label) for role in Role if role in user.roles],
            sessions=user.open_sessions,
            seen_at=user.last_seen,
            is_local=user.is_local,
        )
        for user in found.order_by("email", "pk")
    ]
    rows.sort(key=_by_being_here)
    return rows


def _by_being_here(row: Colleague) -> tuple[bool, bool, float]:
    seen = row.seen_at.timestamp() if row.seen_at else 0.0
    return (not row.person.is_active, row.seen_at is None, -seen)
