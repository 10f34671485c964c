"""Form fields of the catalog's editors: prices, percents, lines of words, lists of Apps.

A field that was not sent means "as it was": so there are no check boxes for yes and no, which send
nothing for no, and a list of boxes comes with one that is always there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.catalog.dependencies import writing
from franchise.catalog.models import MOST_PRICE_MINOR, WHOLE_BP
from franchise.money import EXPONENTS, Money

YES_NO = [("yes", lazy("Yes")), ("no", lazy("No"))]
LONGEST_LIST = 40


class YesNo(forms.TypedChoiceField):
    def __init__(self, **named: Any) -> None:
        super().__init__(choices=YES_NO, coerce=lambda value: value == "yes", **named)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


class PriceField(forms.CharField):
    """An amount of one currency; empty: not sold in it. Its value is minor units, or None."""

    def __init__(self, currency: str) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=currency, required=False, max_length=24, widget=widget)
        self.currency = currency

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return str(Money(value, self.currency)).removeprefix(f"{self.currency} ")

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            minor = Money.parse(text, self.currency).minor
        except Invalid as problem:
            raise forms.ValidationError(problem.detail) from problem
        if not minor:
            raise forms.ValidationError(
                _("A price is more than nothing. What costs nothing is included.")
            )
        if minor > MOST_PRICE_MINOR:
            raise forms.ValidationError(_("This amount is too large."))
        return minor


class PercentField(forms.DecimalField):
    """`12.5` → 1250 basis points."""

    def __init__(self, **named: Any) -> None:
        super().__init__(
            min_value=Decimal("0.01"), max_value=Decimal("99.99"), decimal_places=2, **named
        )

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 100:f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else int(percent * WHOLE_BP / 100)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal"}


class FeaturesField(forms.CharField):
    """One a line: `English | العربية`."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(
            f"{each['en']} | {each['ar']}" if each.get("ar") else each["en"] for each in value
        )

    def clean(self, value: Any) -> Any:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > LONGEST_LIST:
            raise forms.ValidationError(_("That is too long a list."))
        told = []
        for line in lines:
            english, _bar, arabic = (part.strip() for part in line.partition("|"))
            if not english:
                raise forms.ValidationError(_("Write the English words before the bar."))
            told.append({"en": english, "ar": arabic})
        return told


class DependsField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else writing.write(value)

    def clean(self, value: Any) -> Any:
        try:
            return writing.parse(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(
                _("Write one a line, like “mysql” or “mysql ^11.0”.")
            ) from error


class AppsField(forms.MultipleChoiceField):
    """Slugs. An empty value is always sent along, so that "none" can be told from "not sent"."""

    def clean(self, value: Any) -> Any:
        return sorted(super().clean([each for each in value or () if each]))


class FromField(forms.DateField):
    """The day from which a changed price holds: its first moment, in UTC; empty: at once."""

    def __init__(self, **named: Any) -> None:
        super().__init__(
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}),
            error_messages={"invalid": lazy("Write the day as year-month-day, like 2027-01-31.")},
            **named,
        )

    def clean(self, value: Any) -> Any:
        day: date | None = super().clean(value)
        if day is None:
            return None
        if day <= timezone.now().date():
            raise forms.ValidationError(_("Choose a later day, or leave it empty for “at once”."))
        return datetime.combine(day, time.min, tzinfo=UTC)


def currencies() -> list[str]:
    return list(EXPONENTS)
