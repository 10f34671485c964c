"""Invoices and credit notes. A trigger refuses to change or delete one (migration 0009)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from franchise.money import Money


class NumberSeries(models.Model):
    """The last number given out; its row is locked by whoever takes the next."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "franchise_number_series"
        constraints = (
            models.UniqueConstraint(fields=("series", "year"), name="franchise_number_series_once"),
        )


class Document(models.Model):
    """What both have. `snapshot` is all that its PDF is drawn from."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=40, unique=True)
    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    snapshot = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)


class Invoice(Document):
    order = models.OneToOneField(
        "franchise.Order", on_delete=models.PROTECT, related_name="invoice"
    )

    class Meta:
        db_table = "franchise_invoice"
        constraints = (
            models.UniqueConstraint(
                fields=("series", "year", "sequence"), name="franchise_invoice_number"
            ),
            models.CheckConstraint(
                name="franchise_invoice_tax_within",
                condition=Q(tax_minor__gte=0, tax_minor__lte=models.F("total_minor")),
            ),
        )


class CreditNote(Document):
    """Takes back a part of one invoice, for one refund."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    refund = models.OneToOneField(
        "franchise.Refund", on_delete=models.PROTECT, related_name="credit_note"
    )

    class Meta:
        db_table = "franchise_credit_note"
        constraints = (
            models.UniqueConstraint(
                fields=("series", "year", "sequence"), name="franchise_credit_note_number"
            ),
            models.CheckConstraint(
                name="franchise_credit_note_is_something", condition=Q(total_minor__gt=0)
            ),
        )
