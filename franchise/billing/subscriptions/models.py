"""Subscriptions: one per thing bought that goes on, at the price it was bought for."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from catalyst.language.words import lazy
from franchise.money import Money


class State(models.TextChoices):
    ACTIVE = "active", lazy("Active")
    PAST_DUE = "past_due", lazy("Past due")
    SUSPENDED = "suspended", lazy("Suspended")
    CANCELLED = "cancelled", lazy("Cancelled")


PILLS: dict[str, str] = {
    State.ACTIVE: "active",
    State.PAST_DUE: "waiting",
    State.SUSPENDED: "failed",
    State.CANCELLED: "cancelled",
}


class Subscription(models.Model):
    """`monthly_minor` is what the snapshot's lines sum to, before tax is added or taken out."""

    organization = models.ForeignKey(
        "franchise.Organization", on_delete=models.PROTECT, related_name="subscriptions"
    )
    plan = models.CharField(max_length=80, help_text="slug")
    plan_name = models.CharField(max_length=200)
    plan_version = models.BigIntegerField(null=True, help_text="the catalog's")
    currency = models.CharField(max_length=3)
    monthly_minor = models.BigIntegerField()
    snapshot = models.JSONField(help_text="lines as bought: every month costs the same")
    email = models.EmailField(max_length=254)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    paid_by = models.CharField(
        max_length=6, choices=[("credit", lazy("Credit")), ("card", lazy("Card"))]
    )
    anchor_day = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    period_start = models.DateTimeField()
    period_end = models.DateTimeField(db_index=True)
    ends_with_period = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="failed ones, this period")
    retry_at = models.DateTimeField(null=True, db_index=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "franchise_subscription"
        constraints = (
            models.CheckConstraint(
                name="franchise_subscription_period_goes_on",
                condition=Q(period_end__gt=F("period_start")),
            ),
            models.CheckConstraint(
                name="franchise_subscription_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="franchise_subscription_anchor", condition=Q(anchor_day__range=(1, 31))
            ),
            models.CheckConstraint(
                name="franchise_subscription_end_has_a_time",
                condition=Q(state="cancelled", ended_at__isnull=False)
                | (~Q(state="cancelled") & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="franchise_subscription_costs", condition=Q(monthly_minor__gte=0)
            ),
        )

    @property
    def monthly(self) -> Money:
        return Money(self.monthly_minor, self.currency)

    @property
    def pill(self) -> str:
        """Which of the page shell's states looks like it."""
        return PILLS[self.state]

    @property
    def subject(self) -> str:
        """Its name in the audit."""
        return f"subscription:{self.pk}"
