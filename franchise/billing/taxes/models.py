"""Tax rates: of a country, from a day on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class TaxRate(models.Model):
    """In basis points: 500 is 5 %. A rate holds until the next one of its country begins."""

    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    name = models.CharField(max_length=40)
    basis_points = models.PositiveIntegerField()
    valid_from = models.DateField()

    class Meta:
        db_table = "franchise_tax_rate"
        constraints = (
            models.UniqueConstraint(
                fields=("country", "valid_from"), name="franchise_tax_rate_once_a_day"
            ),
            models.CheckConstraint(
                name="franchise_tax_rate_is_one", condition=Q(basis_points__lte=10_000)
            ),
            models.CheckConstraint(
                name="franchise_tax_rate_country", condition=Q(country__regex="^[A-Z]{2}$")
            ),
        )

    @property
    def percent(self) -> str:
        """`5`, `7.5`."""
        return f"{self.basis_points / 100:g}"

    @property
    def is_to_come(self) -> bool:
        """It has not begun, as far as this page can tell; the database's clock decides."""
        return self.valid_from > timezone.now().date()
