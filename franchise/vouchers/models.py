"""Campaigns, their codes, and the redemptions. The database itself refuses one too many."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalyst.language.words import lazy
from franchise.money import Money


class Status(models.TextChoices):
    """What people decided. What follows from clock and counters is `states.State`."""

    ACTIVE = "active", lazy("Active")
    PAUSED = "paused", lazy("Paused")
    REVOKED = "revoked", lazy("Revoked")


class Campaign(models.Model):
    """The rules that all its codes share. Empty means: no such limit.

    `issuer`: the Sovereign that signed its codes and pays for them; "": they are ours.
    `redeemed` and `spent_minor` count what its codes gave; they are written under its row's lock.
    """

    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=253, blank=True, db_default="")
    currency = models.CharField(max_length=3)
    credit_minor = models.BigIntegerField(help_text="what one redemption gives")
    starts_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(null=True, blank=True)
    per_organization = models.PositiveIntegerField(default=1)
    per_person = models.PositiveIntegerField(default=1)
    per_email_domain = models.PositiveIntegerField(null=True, blank=True)
    minimum_order_minor = models.BigIntegerField(default=0)
    plans = models.JSONField(default=list, blank=True, help_text="slugs; empty: every plan")
    first_order_only = models.BooleanField(default=False)
    credit_expires_days = models.PositiveIntegerField(null=True, blank=True)
    budget_minor = models.BigIntegerField(null=True, blank=True)
    redeemed = models.PositiveIntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    revoked_because = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, help_text="one more with every edit")

    class Meta:
        db_table = "franchise_campaign"
        constraints = (
            models.CheckConstraint(
                name="franchise_campaign_is_worth_something",
                condition=Q(credit_minor__gt=0, minimum_order_minor__gte=0),
            ),
            models.CheckConstraint(
                name="franchise_campaign_limits_allow_one",
                condition=Q(per_organization__gt=0, per_person__gt=0)
                & (Q(per_email_domain=None) | Q(per_email_domain__gt=0))
                & (Q(credit_expires_days=None) | Q(credit_expires_days__gt=0))
                & (Q(max_redemptions=None) | Q(max_redemptions__gt=0)),
            ),
            models.CheckConstraint(
                name="franchise_campaign_opens_before_it_ends",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="franchise_campaign_within_cap",
                condition=Q(max_redemptions=None) | Q(redeemed__lte=F("max_redemptions")),
            ),
            models.CheckConstraint(
                name="franchise_campaign_within_budget",
                condition=Q(budget_minor=None) | Q(spent_minor__lte=F("budget_minor")),
            ),
            models.UniqueConstraint(
                fields=("issuer", "name", "credit_minor", "currency"),
                condition=~Q(issuer=""),
                name="franchise_campaign_of_an_issuer_once",
            ),
            # What was given was given at this price: credit cannot change after the first use.
            models.CheckConstraint(
                name="franchise_campaign_spent_is_what_was_given",
                condition=Q(spent_minor=F("redeemed") * F("credit_minor")),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)

    @property
    def spent(self) -> Money:
        return Money(self.spent_minor, self.currency)

    @property
    def budget(self) -> Money | None:
        return None if self.budget_minor is None else Money(self.budget_minor, self.currency)

    @property
    def minimum_order(self) -> Money:
        return Money(self.minimum_order_minor, self.currency)

    @property
    def last_day(self) -> date | None:
        return self.ends_at and last_day(self.ends_at)


class Batch(models.Model):
    """Codes that were made together, so that they can be printed together."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="batches")
    size = models.PositiveIntegerField()
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_voucher_batch"


class VoucherCode(models.Model):
    """A code of a campaign, for at most `max_redemptions` uses."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="codes")
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="codes"
    )
    code_hash = models.CharField(max_length=64, unique=True, help_text="keyed HMAC of the code")
    last4 = models.CharField(max_length=4)
    sealed_code = models.UUIDField(help_text="vault reference, to print the code again")
    label = models.CharField(max_length=80, blank=True, help_text="what or whom it is for")
    max_redemptions = models.PositiveIntegerField(default=1)
    redeemed = models.PositiveIntegerField(default=0)
    bound_email = models.EmailField(
        max_length=254, null=True, blank=True, help_text="lower case; only this person may use it"
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="in the place of the campaign's end"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    revoked_because = models.CharField(max_length=200, blank=True)
    reissued_as = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reissue_of"
    )
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_voucher_code"
        indexes = (models.Index(fields=("campaign", "-id"), name="franchise_codes_of_campaign"),)
        constraints = (
            models.CheckConstraint(
                name="franchise_voucher_within_cap",
                condition=Q(redeemed__lte=F("max_redemptions"), max_redemptions__gt=0),
            ),
            models.CheckConstraint(
                name="franchise_voucher_reissued_is_revoked",
                condition=Q(reissued_as=None) | Q(status="revoked"),
            ),
        )

    def __str__(self) -> str:
        return f"…{self.last4}"

    @property
    def credit(self) -> Money:
        return self.campaign.credit

    @property
    def ends_at(self) -> datetime | None:
        return self.expires_at or self.campaign.ends_at

    @property
    def last_day(self) -> date | None:
        return self.ends_at and last_day(self.ends_at)


def last_day(ends_at: datetime) -> date:
    """The last day (UTC) on which something that ends at `ends_at` can be used."""
    return (ends_at - timedelta(microseconds=1)).date()


class Redemption(models.Model):
    """One use of a code; keeps its own amount, whatever happens to code and campaign later.

    `once_…` copy the campaign's limit at that moment: where it is one, a unique index holds it.
    General limits are counted under the campaign's lock.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", lazy("Reserved")
        COMMITTED = "committed", lazy("Redeemed")
        RELEASED = "released", lazy("Given back")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="redemptions")
    voucher = models.ForeignKey(VoucherCode, on_delete=models.PROTECT, related_name="redemptions")
    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    email = models.EmailField(max_length=254, help_text="lower case")
    person = models.CharField(max_length=254, help_text="the mailbox: people.person_of(email)")
    domain = models.CharField(max_length=253, help_text="of the mailbox")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=9, choices=State.choices, default=State.COMMITTED)
    once_per_organization = models.BooleanField(default=True)
    once_per_person = models.BooleanField(default=True)
    idempotency_key = models.CharField(max_length=80, unique=True)
    ip_hash = models.CharField(max_length=64, blank=True, db_default="", help_text="keyed HMAC")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_redemption"
        indexes = (
            models.Index(fields=("campaign", "organization"), name="franchise_redeemed_by_org"),
            models.Index(fields=("campaign", "person"), name="franchise_redeemed_by_person"),
            models.Index(fields=("campaign", "domain"), name="franchise_redeemed_by_domain"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("campaign", "organization"),
                condition=Q(once_per_organization=True) & ~Q(state="released"),
                name="franchise_redemption_per_organization",
            ),
            models.UniqueConstraint(
                fields=("campaign", "person"),
                condition=Q(once_per_person=True) & ~Q(state="released"),
                name="franchise_redemption_per_person",
            ),
            models.CheckConstraint(
                name="franchise_redemption_gave_something", condition=Q(amount_minor__gt=0)
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
