"""What to look for in the book, a correction by hand, and which month to settle."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.ledger.grants import LONGEST_REASON
from franchise.ledger.models import Kind
from franchise.ledger.reading import organization_of
from franchise.money import EXPONENTS, Money

_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


class FindForm(forms.Form):
    organization = forms.CharField(
        label=lazy("Organization"),
        max_length=120,
        required=False,
        help_text=lazy("Its short name, or a part of its name."),
    )
    kind = forms.ChoiceField(label=lazy("What"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds = self.fields["kind"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [("", _("Everything")), *Kind.choices]


class AdjustForm(forms.Form):
    """After validation `cleaned_data` has `organization_id`, `money` and `expires_at`."""

    organization = forms.CharField(
        label=lazy("Organization"),
        max_length=30,
        help_text=lazy("Its short name, as in its address."),
        error_messages={"required": lazy("Say whose credit it is.")},
    )
    way = forms.ChoiceField(
        label=lazy("Give or take"),
        choices=[("give", lazy("Give goodwill")), ("take", lazy("Take credit away"))],
    )
    amount = forms.CharField(
        label=lazy("Amount"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": lazy("Say how much, like 12.5.")},
    )
    currency = forms.ChoiceField(
        label=lazy("Currency"), choices=[(code, code) for code in EXPONENTS]
    )
    ends_on = forms.DateField(
        label=lazy("Last day, until midnight UTC"),
        required=False,
        help_text=lazy("Only for what is given. Empty: it does not end."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": lazy("Write the day as year-month-day, like 2027-01-31.")},
    )
    reason = forms.CharField(
        label=lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=lazy("It stays in the ledger and in the audit."),
        error_messages={"required": lazy("Say why, in 3 to 300 characters.")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)

    def clean_organization(self) -> str:
        slug: str = self.cleaned_data["organization"].strip().lower()
        found = organization_of(slug=slug)
        if found is None:
            raise forms.ValidationError(_("There is no Organization with this short name."))
        self.cleaned_data["organization_id"] = found.pk
        return slug

    def clean_ends_on(self) -> date | None:
        last_day: date | None = self.cleaned_data["ends_on"]
        if last_day and not timezone.now().date() <= last_day < date.max:
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        return last_day

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["once"] = data.get("once") or uuid.uuid4()
        if "amount" in data and "currency" in data:
            try:
                money = Money.parse(data["amount"], data["currency"])
            except Invalid as problem:
                self.add_error("amount", problem.detail)
            else:
                sign = -1 if data.get("way") == "take" else 1
                data["money"] = Money(sign * money.minor, money.currency)
        last_day = data.get("ends_on")
        following = last_day + timedelta(days=1) if last_day else None
        data["expires_at"] = following and datetime.combine(following, time.min, tzinfo=UTC)
        return data


class MonthForm(forms.Form):
    """After validation `cleaned_data["month"]` is (year, month)."""

    month = forms.CharField(
        label=lazy("Month"),
        max_length=7,
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-11"}),
        help_text=lazy("Months begin and end at midnight UTC."),
        error_messages={"required": lazy("Choose a month like 2026-11.")},
    )

    def clean_month(self) -> tuple[int, int]:
        match = _MONTH.fullmatch(self.cleaned_data["month"])
        if match is None:
            raise forms.ValidationError(_("Choose a month like 2026-11."))
        return int(match[1]), int(match[2])
