"""Every change of recurring revenue, as it happened: revenue at any time is the sum up to then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from catalyst.language.words import lazy


class Movement(models.Model):
    """Signed, before tax, per month. A subscription's movements sum to what it counts now."""

    class Kind(models.TextChoices):
        NEW = "new", lazy("New")
        CHURNED = "churned", lazy("Churned")
        RETURNED = "returned", lazy("Returned")
        SHIFTED = "shifted", lazy("Paid another way")

    subscription = models.ForeignKey("franchise.Subscription", on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    paid_by = models.CharField(max_length=6)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "franchise_revenue_movement"
        indexes = (models.Index(fields=("currency", "at"), name="franchise_movement_when"),)
        constraints = (
            models.UniqueConstraint(
                fields=("subscription",),
                condition=Q(kind="new"),
                name="franchise_movement_new_once",
            ),
        )
