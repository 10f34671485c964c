"""Orders. What they sum to, who may follow which state: the database holds it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from catalyst.language.words import lazy
from franchise.money import Money


class State(models.TextChoices):
    DRAFT = "draft", lazy("Draft")
    AWAITING_PAYMENT = "awaiting_payment", lazy("Awaiting payment")
    PAID = "paid", lazy("Paid")
    CANCELLED = "cancelled", lazy("Cancelled")
    FAILED = "failed", lazy("Failed")
    PARTLY_REFUNDED = "partly_refunded", lazy("Partly refunded")
    REFUNDED = "refunded", lazy("Refunded")
    DISPUTED = "disputed", lazy("Disputed")


PILLS: dict[str, str] = {
    State.DRAFT: "pending",
    State.AWAITING_PAYMENT: "waiting",
    State.PAID: "done",
    State.CANCELLED: "cancelled",
    State.FAILED: "failed",
    State.PARTLY_REFUNDED: "released",
    State.REFUNDED: "released",
    State.DISPUTED: "failed",
}
# What a timeline says of what is no state.
HAPPENED: dict[str, str] = {
    "payment-failed": lazy("A payment failed"),
    "money-back": lazy("Money that came too late goes back"),
    "refund": lazy("Refunded"),
    "refund-given": lazy("The card's part was given back"),
    "apps-wanted": lazy("Its Apps are being installed"),
    "dispute-lost": lazy("The dispute was lost"),
}


class Purpose(models.TextChoices):
    PURCHASE = "purchase", lazy("Purchase")
    RENEWAL = "renewal", lazy("Renewal")


class Order(models.Model):
    """`total = credit + card + rounding`; tax is inside the total."""

    number = models.CharField(max_length=20, unique=True, help_text="what people and Stripe read")
    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    purpose = models.CharField(
        max_length=8, choices=Purpose.choices, default=Purpose.PURCHASE, db_default="purchase"
    )
    subscription = models.ForeignKey(
        "franchise.Subscription", on_delete=models.PROTECT, null=True, related_name="orders"
    )
    placed_by = models.CharField(max_length=254)
    email = models.EmailField(max_length=254, help_text="whom invoices and reminders are sent to")
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField(default=0)
    card_minor = models.BigIntegerField(default=0)
    rounding_minor = models.BigIntegerField(default=0, help_text="not asked for: our expense")
    refunded_credit_minor = models.BigIntegerField(default=0)
    refunded_card_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    quote = models.JSONField(help_text="what was offered, with the ids of the catalog's versions")
    fingerprint = models.CharField(max_length=64, help_text="of the offer that was accepted")
    idempotency_key = models.CharField(max_length=120)
    hold_source = models.CharField(max_length=120, blank=True, help_text="of the credit's hold")
    campaign = models.CharField(max_length=200, blank=True)
    payment_reference = models.CharField(max_length=255, blank=True, help_text="the provider's")
    checkout_reference = models.CharField(max_length=255, blank=True)
    checkout_url = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, help_text="an unpaid one is cancelled then")
    paid_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_order"
        indexes = (
            models.Index(fields=("state", "expires_at"), name="franchise_order_due"),
            models.Index(fields=("organization", "-id"), name="franchise_order_of"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "idempotency_key"), name="franchise_order_once_per_key"
            ),
            models.UniqueConstraint(
                fields=("payment_reference",),
                condition=~Q(payment_reference=""),
                name="franchise_order_one_per_payment",
            ),
            models.CheckConstraint(
                name="franchise_order_parts_are_the_total",
                condition=Q(total_minor=F("credit_minor") + F("card_minor") + F("rounding_minor"))
                & Q(total_minor=F("net_minor") + F("tax_minor")),
            ),
            models.CheckConstraint(
                name="franchise_order_nothing_negative",
                condition=Q(
                    net_minor__gte=0,
                    tax_minor__gte=0,
                    credit_minor__gte=0,
                    card_minor__gte=0,
                    rounding_minor__gte=0,
                    rounding_minor__lt=10,
                ),
            ),
            models.CheckConstraint(
                name="franchise_order_refunds_within",
                condition=Q(
                    refunded_credit_minor__gte=0,
                    refunded_card_minor__gte=0,
                    refunded_credit_minor__lte=F("credit_minor"),
                    refunded_card_minor__lte=F("card_minor"),
                ),
            ),
            models.CheckConstraint(
                name="franchise_order_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="franchise_order_paid_has_a_time",
                condition=Q(paid_at__isnull=False)
                | Q(state__in=("draft", "awaiting_payment", "cancelled", "failed")),
            ),
        )

    def __str__(self) -> str:
        return self.number

    def money(self, part: str) -> Money:
        """`money("total")`, `money("card")` …: one of the amounts."""
        return Money(getattr(self, f"{part}_minor"), self.currency)

    @property
    def total(self) -> Money:
        return self.money("total")

    @property
    def credit(self) -> Money:
        return self.money("credit")

    @property
    def card(self) -> Money:
        return self.money("card")

    @property
    def rounding(self) -> Money:
        return self.money("rounding")

    @property
    def subject(self) -> str:
        """Its name in the audit."""
        return f"order:{self.number}"

    @property
    def pill(self) -> str:
        """Which of the page shell's states looks like it."""
        return PILLS[self.state]


class OrderLine(models.Model):
    """One thing that was bought, in the words and at the price of that moment."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    name_ar = models.CharField(max_length=200, blank=True, db_default="")
    quantity = models.PositiveIntegerField(default=1)
    unit_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField(help_text="a discount's is negative")
    catalog_version = models.BigIntegerField(null=True)

    class Meta:
        db_table = "franchise_order_line"
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("order", "position"), name="franchise_order_line_position"
            ),
        )

    @property
    def unit(self) -> Money:
        return Money(self.unit_minor, self.order.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.order.currency)


class OrderEvent(models.Model):
    """What happened to an order, oldest first: its timeline. Rows are only added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    actor = models.CharField(max_length=254)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_order_event"
        ordering = ("id",)

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        known = {**{str(state): label for state, label in State.choices}, **HAPPENED}
        return str(known.get(self.kind, self.kind))


class Refund(models.Model):
    """Money or credit that went back. The card's part is promised first, then given."""

    class State(models.TextChoices):
        PROMISED = "promised", lazy("On its way")
        DONE = "done", lazy("Given back")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    card_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=254)
    reference = models.CharField(max_length=255, blank=True, help_text="the provider's")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_refund"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="franchise_refund_is_something",
                condition=Q(card_minor__gte=0, credit_minor__gte=0)
                & (Q(card_minor__gt=0) | Q(credit_minor__gt=0)),
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.card_minor + self.credit_minor, self.order.currency)

    def facts(self) -> dict[str, Any]:
        return {"card_minor": self.card_minor, "credit_minor": self.credit_minor}
