"""Voucher codes and their redemptions. The database itself refuses one redemption too many."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q

from catalyst.language.words import lazy
from franchise.money import Money


class Status(models.TextChoices):
    ACTIVE = "active", lazy("Active")
    PAUSED = "paused", lazy("Paused")
    REVOKED = "revoked", lazy("Revoked")


class VoucherCode(models.Model):
    """A code worth `credit_minor` to each of at most `max_redemptions` Organizations."""

    code_hash = models.CharField(max_length=64, unique=True, help_text="keyed HMAC of the code")
    last4 = models.CharField(max_length=4)
    sealed_code = models.UUIDField(help_text="vault reference, to print the code again")
    label = models.CharField(max_length=80, blank=True, help_text="what or whom it is for")
    credit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    max_redemptions = models.PositiveIntegerField()
    redeemed = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    expires_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_voucher_code"
        constraints = (
            models.CheckConstraint(
                name="franchise_voucher_within_cap",
                condition=Q(redeemed__lte=F("max_redemptions")),
            ),
            models.CheckConstraint(
                name="franchise_voucher_is_worth_something",
                condition=Q(credit_minor__gt=0, max_redemptions__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"…{self.last4}"

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)

    @property
    def last_day(self) -> date:
        return last_day(self.expires_at)


def last_day(expires_at: datetime) -> date:
    """The last day (UTC) on which something that ends at `expires_at` can be used."""
    return (expires_at - timedelta(microseconds=1)).date()


class Redemption(models.Model):
    """One use of a code; keeps its own amount, whatever happens to the code later."""

    voucher = models.ForeignKey(VoucherCode, on_delete=models.PROTECT, related_name="redemptions")
    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    email = models.EmailField(max_length=254, help_text="lower case")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    idempotency_key = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_redemption"
        constraints = (
            models.UniqueConstraint(
                fields=("voucher", "organization"), name="franchise_redemption_per_organization"
            ),
            models.UniqueConstraint(
                fields=("voucher", "email"), name="franchise_redemption_per_person"
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
