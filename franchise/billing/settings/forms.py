"""How this franchise bills, as a form. Keys are never drawn; blank ones are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from catalyst.language.words import lazy
from catalyst.vault.secret import Secret
from franchise.billing.invoices.numbers import is_prefix
from franchise.billing.settings.models import BillingSecret, BillingSettings
from franchise.money import EXPONENTS

Name = BillingSecret.Name
MOST_RETRIES, LAST_DAY = 10, 60
KEPT = lazy("Leave it blank to keep the key that is here.")


class SettingsForm(forms.Form):
    """`changes()` and `keys()` are what the service takes."""

    seller_name = forms.CharField(label=lazy("Seller"), max_length=120, required=False)
    seller_address = forms.CharField(
        label=lazy("Address"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    seller_tax_number = forms.CharField(label=lazy("Tax number"), max_length=40, required=False)
    country = forms.RegexField(
        label=lazy("Country"), regex="^[A-Z]{2}$", max_length=2,
        help_text=lazy("Two letters. Its tax rates are used."),
        error_messages={"invalid": lazy("Write the country with its two letters, like OM.")},
    )  # fmt: skip
    currency = forms.ChoiceField(
        label=lazy("Currency"), choices=[(code, code) for code in EXPONENTS]
    )
    prices_include_tax = forms.BooleanField(label=lazy("Prices include tax"), required=False)
    series_prefix = forms.CharField(
        label=lazy("Invoice numbers begin with"), max_length=10,
        help_text=lazy("Capital letters and digits. Another one begins a series of its own."),
    )  # fmt: skip
    retry_days = forms.CharField(
        label=lazy("Tries after a missed payment"), max_length=60, required=False,
        help_text=lazy("Days after the end of the month, like 1, 3, 7; then it is suspended."),
    )  # fmt: skip
    publishable_key = forms.CharField(label=lazy("Publishable key"), max_length=255, required=False)
    stripe_api_key = forms.CharField(
        label=lazy("Secret key"), max_length=255, required=False, help_text=KEPT,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    stripe_webhook = forms.CharField(
        label=lazy("Signing secret of the webhook"), max_length=255, required=False,
        help_text=KEPT, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    KEYS = {"stripe_api_key": Name.API_KEY, "stripe_webhook": Name.WEBHOOK}

    @classmethod
    def of(cls, row: BillingSettings, typed: dict[str, Any]) -> SettingsForm:
        """As it is now, and what was typed before a proof."""
        values = {name: getattr(row, name) for name in cls.base_fields if hasattr(row, name)}
        values["retry_days"] = ", ".join(map(str, row.retry_days))
        return cls(initial={**values, **typed})

    def clean_series_prefix(self) -> str:
        prefix = str(self.cleaned_data["series_prefix"]).strip()
        if not is_prefix(prefix):
            raise forms.ValidationError(
                lazy("Write capital letters and digits, a letter first, like INV.")
            )
        return prefix

    def clean_retry_days(self) -> list[int]:
        words = self.cleaned_data["retry_days"].replace(",", " ").split()
        days = [int(word) for word in words if word.isascii() and word.isdigit()]
        in_order = len(days) == len(words) <= MOST_RETRIES and days == sorted(set(days))
        if not in_order or any(not 1 <= day <= LAST_DAY for day in days):
            raise forms.ValidationError(
                lazy("Write days from 1 to 60 in order, like 1, 3, 7; at most ten.")
            )
        return days

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.KEYS}

    def keys(self) -> dict[str, Secret]:
        return {str(key): Secret(self.cleaned_data[name]) for name, key in self.KEYS.items()}


class TaxRateForm(forms.Form):
    """A rate that begins on a day. Its ids are its own: it stands beside the settings."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id="id_rate_%s")

    country = forms.CharField(label=lazy("Country"), max_length=2)
    name = forms.CharField(label=lazy("What it is called"), max_length=40, initial="VAT")
    percent = forms.DecimalField(
        label=lazy("Percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2,
        error_messages={"invalid": lazy("Write a number, like 5 or 7.5.")},
    )  # fmt: skip
    valid_from = forms.DateField(
        label=lazy("From"), initial=lambda: timezone.now().date().isoformat(),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": lazy("Write the day as year-month-day, like 2027-01-31.")},
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        day: date = data["valid_from"]
        return {"country": data["country"], "name": data["name"], "valid_from": day,
                "basis_points": int(data["percent"] * 100)}  # fmt: skip
