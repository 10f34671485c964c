"""The form that issues a voucher; it keeps what was typed when it has to ask again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.money import EXPONENTS, Money
from franchise.vouchers.rules import MOST_REDEMPTIONS


def _in_three_months() -> str:
    """As a date control takes it (WHATWG HTML §4.10.5.1.7)."""
    return (timezone.now().date() + timedelta(days=90)).isoformat()


class IssueForm(forms.Form):
    """After validation `cleaned_data` has `credit` (Money) and `expires_at` (aware UTC)."""

    label = forms.CharField(
        label=lazy("For whom or what"),
        max_length=80,
        required=False,
        help_text=lazy("Only you see it."),
    )
    amount = forms.CharField(
        label=lazy("Credit"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": lazy("Say how much the voucher is worth, like 12.5.")},
    )
    currency = forms.ChoiceField(
        label=lazy("Currency"), choices=[(code, code) for code in EXPONENTS]
    )
    max_redemptions = forms.IntegerField(
        label=lazy("How many Organizations may use it"),
        min_value=1,
        max_value=MOST_REDEMPTIONS,
        initial=1,
        error_messages={"required": lazy("Say how many times it may be used."),
                        "invalid": lazy("Write a whole number, like 50.")},
    )  # fmt: skip
    expires_on = forms.DateField(
        label=lazy("Last day, until midnight UTC"),
        initial=_in_three_months,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": lazy("Say until when it is valid."),
                        "invalid": lazy("Write the day as year-month-day, like 2027-01-31.")},
    )  # fmt: skip

    def clean_expires_on(self) -> date:
        last_day: date = self.cleaned_data["expires_on"]
        if last_day < timezone.now().date():
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        if last_day == date.max:
            raise forms.ValidationError(_("Choose an earlier day."))
        return last_day

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "amount" in data and "currency" in data:
            try:
                data["credit"] = Money.parse(data["amount"], data["currency"])
            except Invalid as problem:
                self.add_error("amount", problem.detail)
        if "expires_on" in data:
            ends = data["expires_on"] + timedelta(days=1)
            data["expires_at"] = datetime.combine(ends, time.min, tzinfo=UTC)
        return data
