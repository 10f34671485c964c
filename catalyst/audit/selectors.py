"""What of the audit somebody may see: operators all, others what they did and what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from catalyst.audit.models import AuditEvent
from catalyst.identity.models import User

PAGE = 50
Owned = Callable[[User], QuerySet[Any]]
_owned: dict[str, Owned] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Nothing given: everything. `act` is a beginning, the others are whole."""

    act: str = ""
    actor: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first. `before` asks for the next page; None: this is the last."""

    rows: list[AuditEvent] = field(default_factory=list)
    before: int | None = None


def owned(kind: str, theirs: Owned) -> None:
    """An app says which objects `<kind>:<primary key>` are somebody's own."""
    _owned[kind] = theirs


def sees_all(user: User) -> bool:
    return user.has_role(*settings.AUDIT_READ_ALL)


def events_of(user: User, wanted: Wanted, *, before: int | None = None) -> Found:
    """One page of what this person may see."""
    rows = AuditEvent.objects.select_related("seal").filter(_matches(wanted))
    if not sees_all(user):
        rows = rows.filter(_theirs(user))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    more = len(found) > PAGE
    return Found(found[:PAGE], found[PAGE - 1].pk if more else None)


def events_about(*, object: str, limit: int = PAGE) -> list[AuditEvent]:
    """What was done to one object, newest first, for the page of that object: who may see it may
    see this."""
    return list(AuditEvent.objects.filter(object=object).order_by("-pk")[:limit])


def _matches(wanted: Wanted) -> Q:
    asked = Q()
    if wanted.act:
        asked &= Q(act__startswith=wanted.act)
    if wanted.actor:
        asked &= Q(actor=wanted.actor)
    if wanted.object:
        asked &= Q(object=wanted.object)
    if wanted.since:
        asked &= Q(at__gte=wanted.since)
    if wanted.until:
        asked &= Q(at__lte=wanted.until)
    return asked


def _theirs(user: User) -> Q:
    theirs = Q(person=user.pk) | Q(object=f"user:{user.pk}")
    for kind, rows_of in _owned.items():
        subject = Concat(Value(f"{kind}:"), Cast("pk", TextField()), output_field=TextField())
        theirs |= Q(object__in=rows_of(user).order_by().values_list(subject))
    return theirs
