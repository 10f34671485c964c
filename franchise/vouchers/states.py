"""What a code is now: one expression, judged by the database and its clock, for lists and locks."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now

from catalyst.language.words import lazy
from franchise.vouchers.models import Campaign, Status, VoucherCode


class Standing(models.TextChoices):
    """As sellers see it; the first that is true, in this order."""

    REVOKED = "revoked", lazy("Revoked")
    EXPIRED = "expired", lazy("Expired")
    EXHAUSTED = "exhausted", lazy("Used up")
    PAUSED = "paused", lazy("Paused")
    SCHEDULED = "scheduled", lazy("Scheduled")
    ACTIVE = "active", lazy("Active")


def judged(rows: QuerySet[VoucherCode]) -> QuerySet[VoucherCode]:
    """Codes with their campaign and `standing`; `now` is the moment it was judged at."""
    return (
        rows.select_related("campaign")
        .annotate(now=Now(), until=Coalesce("expires_at", "campaign__ends_at"))
        .annotate(
            standing=_first_true(
                revoked=Q(status=Status.REVOKED) | Q(campaign__status=Status.REVOKED),
                expired=Q(until__lte=Now()),
                exhausted=Q(redeemed__gte=F("max_redemptions")) | _used_up("campaign__"),
                paused=Q(status=Status.PAUSED) | Q(campaign__status=Status.PAUSED),
                scheduled=Q(campaign__starts_at__gt=Now()),
            )
        )
    )


def judged_campaigns(rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Campaigns with `standing`; of one code or a thousand, the campaign's own."""
    return rows.annotate(
        standing=_first_true(
            revoked=Q(status=Status.REVOKED),
            expired=Q(ends_at__lte=Now()),
            exhausted=_used_up(""),
            paused=Q(status=Status.PAUSED),
            scheduled=Q(starts_at__gt=Now()),
        )
    )


def standing(row: VoucherCode | Campaign) -> Standing:
    """Of a row that came from `judged` or `judged_campaigns`."""
    return Standing(row.standing)  # type: ignore[union-attr]  # annotated there


def _used_up(campaign: str) -> Q:
    """No use is left in the campaign, or not enough money for one."""
    one_more = F(f"{campaign}spent_minor") + F(f"{campaign}credit_minor")
    return Q(**{f"{campaign}max_redemptions__lte": F(f"{campaign}redeemed")}) | Q(
        **{f"{campaign}budget_minor__lt": one_more}
    )


def _first_true(**cases: Q) -> Case:
    return Case(
        *(When(condition, then=Value(name)) for name, condition in cases.items()),
        default=Value(Standing.ACTIVE.value),
        output_field=models.CharField(),
    )
