"""Which customer an Organization is at Stripe, and the card it keeps there for renewals."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from franchise.organizations.models import Organization


class CardAccount(models.Model):
    """Stripe's ids; card numbers never come near us. `payment_method` empty: no card is kept."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="card_account"
    )
    customer = models.CharField(max_length=255, unique=True, help_text="Stripe's customer")
    payment_method = models.CharField(max_length=255, blank=True, default="", db_default="")
    brand = models.CharField(max_length=40, blank=True, default="", db_default="")
    last4 = models.CharField(max_length=4, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_card_account"

    def __str__(self) -> str:
        return self.customer
