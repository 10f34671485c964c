"""Tells an Organization's people that their credit runs low, is used up, or is about to lapse.

Once per grant and threshold: the mail's key says which. It reads the book and writes nothing in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.work.clock import database_now
from franchise.ledger.models import Grant, Kind, LedgerTransaction
from franchise.mails import services as mails
from franchise.money import Money
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.members.services import addresses
from franchise.organizations.models import Organization
from franchise.organizations.states import State

BEFORE_IT_LAPSES = (timedelta(days=14), timedelta(days=3))
LOW = 5  # a fifth of the last grant
_RECENT = timedelta(days=2)
_SPENDING = (Kind.COMMIT, Kind.RESERVE)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that is due: `key` is of what happened, the same at every look."""

    kind: str
    key: str
    organization_id: int
    words: dict[str, Any] = field(default_factory=dict)


def tell() -> int:
    """Promise the mails that are due and were not yet; how many Organizations were written to."""
    due = [*lapsing(), *low()]
    told = mails.promised(keys=[letter.key for letter in due])
    return sum(_send(letter) for letter in due if letter.key not in told)


def lapsing() -> Iterator[Letter]:
    """Credit that lapses within a threshold. A grant that never had so long is not told of it."""
    now = database_now()
    soon = Grant.objects.filter(
        remaining_minor__gt=0, expires_at__gt=now, expires_at__lte=now + max(BEFORE_IT_LAPSES)
    )
    for grant in soon.order_by("expires_at", "pk"):
        assert grant.expires_at is not None
        reached = [
            before
            for before in BEFORE_IT_LAPSES
            if grant.expires_at - before <= now and grant.created_at < grant.expires_at - before
        ]
        if reached:  # only the nearest: two mails at once say the same
            yield Letter(
                "credit-expiring",
                f"grant:{grant.pk}:{min(reached).days}",
                grant.organization_id,
                {"amount": grant.remaining, "ends": grant.expires_at},
            )


def low() -> Iterator[Letter]:
    """Credit that was spent lately down to a fifth of the last grant, or to nothing."""
    spent = LedgerTransaction.objects.filter(
        kind__in=_SPENDING, created_at__gt=Now() - _RECENT
    ).values("organization_id")
    usable = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    by_account: dict[tuple[int, str], list[Grant]] = defaultdict(list)
    for grant in Grant.objects.filter(usable, organization_id__in=spent).order_by("pk"):
        by_account[grant.organization_id, grant.currency].append(grant)
    for (organization_id, currency), grants in by_account.items():
        yield from _of_account(organization_id, currency, grants)


def _of_account(organization_id: int, currency: str, grants: list[Grant]) -> Iterable[Letter]:
    left, held = sum(g.remaining_minor for g in grants), sum(g.held_minor for g in grants)
    last = grants[-1]
    if left == 0 and held == 0:
        yield Letter("credit-exhausted", f"grant:{last.pk}:none", organization_id)
    elif 0 < left * LOW <= last.amount_minor:
        words = {"left": Money(left, currency)}
        yield Letter("credit-low", f"grant:{last.pk}:low", organization_id, words)


def _send(letter: Letter) -> bool:
    with transaction.atomic():
        organization = Organization.objects.filter(
            pk=letter.organization_id, state=State.ACTIVE
        ).first()
        if organization is None:
            return False
        words = {"organization": organization.name, "slug": organization.slug, **letter.words}
        for to in addresses(organization_id=organization.pk, at_least=MemberRole.BILLING):
            mails.send(kind=letter.kind, to=to, key=letter.key, context=words)
    return True
