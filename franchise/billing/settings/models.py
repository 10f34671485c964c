"""How this franchise bills: one row; and its secrets, of which only references are here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class BillingSettings(models.Model):
    """There is one row; it is made by the first migration."""

    seller_name = models.CharField(max_length=120, blank=True, db_default="")
    seller_address = models.TextField(max_length=500, blank=True, db_default="")
    seller_tax_number = models.CharField(max_length=40, blank=True, db_default="")
    country = models.CharField(max_length=2, default="OM", db_default="OM")
    currency = models.CharField(max_length=3, default="OMR", db_default="OMR")
    prices_include_tax = models.BooleanField(default=True, db_default=True)
    series_prefix = models.CharField(max_length=10, default="INV", db_default="INV")
    retry_days = models.JSONField(default=list, help_text="days after the end of a period")
    publishable_key = models.CharField(max_length=255, blank=True, db_default="")
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=254, blank=True, db_default="")

    class Meta:
        db_table = "franchise_billing_settings"
        constraints = (
            models.CheckConstraint(name="franchise_billing_settings_are_one", condition=Q(id=1)),
        )


class BillingSecret(models.Model):
    """A key in the vault, its last four characters and when it was given."""

    class Name(models.TextChoices):
        API_KEY = "stripe-api-key"
        WEBHOOK = "stripe-webhook"

    name = models.CharField(max_length=30, choices=Name.choices, unique=True)
    reference = models.UUIDField(help_text="in the vault")
    last4 = models.CharField(max_length=4)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=254)

    class Meta:
        db_table = "franchise_billing_secret"
