"""Forms of the sellers; they keep what was typed when they have to ask again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from franchise.money import EXPONENTS, Money
from franchise.vouchers.codes import chosen
from franchise.vouchers.guessing import is_guessable
from franchise.vouchers.issuing import MOST_AT_ONCE, MOST_RECIPIENTS
from franchise.vouchers.listing import Sort
from franchise.vouchers.models import VoucherCode, last_day
from franchise.vouchers.rules import MOST_REDEMPTIONS
from franchise.vouchers.states import Standing

CURRENCIES = [(code, code) for code in EXPONENTS]
WHOLE = {"invalid": lazy("Write a whole number, like 50.")}


def in_three_months() -> str:
    """As a date control takes it (WHATWG HTML §4.10.5.1.7)."""
    return (timezone.now().date() + timedelta(days=90)).isoformat()


def amount_field(label: str, **options: Any) -> forms.CharField:
    options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
    return forms.CharField(label=label, max_length=24, **options)


class Day(forms.DateField):
    """A day as a date control reads it, whatever the page's language: else the control is empty,
    and sending the form would take the day away."""

    def prepare_value(self, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value


def date_field(label: str, **options: Any) -> Day:
    messages = {"invalid": lazy("Write the day as year-month-day, like 2027-01-31.")}
    return Day(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=messages | options.pop("error_messages", {}),
        **options,
    )


def count_field(label: str, **options: Any) -> forms.IntegerField:
    messages = WHOLE | options.pop("error_messages", {})
    options.setdefault("max_value", MOST_REDEMPTIONS)
    return forms.IntegerField(label=label, min_value=1, error_messages=messages, **options)


def end_of(last_day: date) -> datetime:
    """Midnight UTC after a last day."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=UTC)


def check_last_day(last_day: date | None) -> date | None:
    if last_day is None:
        return None
    if last_day < timezone.now().date():
        raise forms.ValidationError(_("This day is over. Choose today or a later day."))
    if last_day == date.max:
        raise forms.ValidationError(_("Choose an earlier day."))
    return last_day


class IssueForm(forms.Form):
    """After validation `cleaned_data` has `credit` (Money) and `expires_at` (aware UTC)."""

    label = forms.CharField(
        label=lazy("For whom or what"),
        max_length=80,
        required=False,
        help_text=lazy("Only you see it."),
    )
    amount = amount_field(
        lazy("Credit"),
        error_messages={"required": lazy("Say how much the voucher is worth, like 12.5.")},
    )
    currency = forms.ChoiceField(label=lazy("Currency"), choices=CURRENCIES)
    max_redemptions = count_field(
        lazy("How many Organizations may use it"),
        initial=1,
        error_messages={"required": lazy("Say how many times it may be used.")},
    )
    expires_on = date_field(
        lazy("Last day, until midnight UTC"),
        initial=in_three_months,
        error_messages={"required": lazy("Say until when it is valid.")},
    )

    def clean_expires_on(self) -> date | None:
        return check_last_day(self.cleaned_data["expires_on"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        money_of(self, "amount", "credit")
        if "expires_on" in data:
            data["expires_at"] = end_of(data["expires_on"])
        return data


def money_of(form: forms.Form, field: str, name: str) -> None:
    """Read a typed amount in the form's currency into `cleaned_data[name]`; empty: None."""
    data = form.cleaned_data
    if field not in data or "currency" not in data:
        return
    try:
        data[name] = Money.parse(data[field], data["currency"]) if data[field] else None
    except Invalid as problem:
        form.add_error(field, problem.detail)


class CodesForm(forms.Form):
    """Codes to be made: so many, one chosen by hand, or one for each address.

    After validation `cleaned_data` has `chosen` (Secret or None) and `recipients` (a list).
    """

    size = forms.IntegerField(
        label=lazy("How many codes"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=1,
        required=False,
        error_messages=WHOLE,
        help_text=lazy("Up to 10,000 at once. Each is different; print them from their batch."),
    )
    max_redemptions = count_field(
        lazy("Uses of each code"),
        initial=1,
        error_messages={"required": lazy("Say how many times it may be used.")},
    )
    label = forms.CharField(
        label=lazy("For whom or what"),
        max_length=80,
        required=False,
        help_text=lazy("Only you see it."),
    )
    code = forms.CharField(
        label=lazy("Or a code of your choice"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters",
                                      "spellcheck": "false"}),
        help_text=lazy("8 to 32 letters and digits, like OMANTEL-LAUNCH-100."),
    )  # fmt: skip
    guessable = forms.BooleanField(
        label=lazy("I know that this code is easily guessed"), required=False
    )
    recipients = forms.CharField(
        label=lazy("Or one code for each of these people, by mail"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=lazy("One address a line. Only that person can use the code."),
    )
    warns = False

    def clean_recipients(self) -> list[str]:
        found = re.split(r"[\s,;]+", self.cleaned_data["recipients"].strip())
        addresses = list(dict.fromkeys(each.lower() for each in found if each))
        if len(addresses) > MOST_RECIPIENTS:
            raise forms.ValidationError(
                _("At most %(most)d people at once.") % {"most": MOST_RECIPIENTS}
            )
        for address in addresses:
            try:
                forms.EmailField(max_length=254).clean(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(
                    _("“%(address)s” is not an e-mail address.") % {"address": address}
                ) from error
        return addresses

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["chosen"] = None
        if data.get("code"):
            try:
                data["chosen"] = chosen(Secret(data["code"]))
            except Invalid as problem:
                self.add_error("code", problem.detail)
            else:
                self._warn(data["chosen"])
        if data.get("code") and data.get("recipients"):
            self.add_error(
                "recipients", _("A code of your choice is one for all. Leave one empty.")
            )
        return data

    def _warn(self, code: Secret) -> None:
        """A code of words is for everybody who can guess; the seller says that it may be."""
        self.warns = is_guessable(code.reveal()) and not self.cleaned_data.get("guessable")
        if self.warns:
            self.add_error(
                "code",
                _(
                    "Strangers can guess this code and use it up. Add a few random letters, or "
                    "say below that you know."
                ),
            )


class FindForm(forms.Form):
    """What the list shows."""

    q = forms.CharField(
        label=lazy("Campaign, label, e-mail or the last four letters"),
        max_length=80,
        required=False,
    )
    state = forms.ChoiceField(
        label=lazy("State"),
        required=False,
        choices=[("", lazy("All")), *reversed(Standing.choices)],
    )
    sort = forms.ChoiceField(label=lazy("Order"), required=False, choices=Sort.choices)
    campaign = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    batch = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class BecauseForm(forms.Form):
    """Why something ends."""

    because = forms.CharField(
        label=lazy("Why"),
        max_length=200,
        error_messages={"required": lazy("Say in a sentence why. It stays in the audit.")},
    )


class CodeEditForm(forms.Form):
    """A code's own end and cap."""

    expires_on = date_field(
        lazy("Last day, until midnight UTC"),
        required=False,
        help_text=lazy("Leave it empty for the campaign's own."),
    )
    max_redemptions = count_field(
        lazy("Uses"), error_messages={"required": lazy("Say how many times it may be used.")}
    )
    label = forms.CharField(label=lazy("For whom or what"), max_length=80, required=False)

    def __init__(self, voucher: VoucherCode, data: QueryDict | None = None) -> None:
        ends = voucher.expires_at
        initial = {
            "expires_on": ends and last_day(ends),
            "max_redemptions": voucher.max_redemptions,
            "label": voucher.label,
        }
        super().__init__(data, initial=initial)
        if data is not None:  # what is not sent does not change
            for name in self.fields.keys() - data.keys():
                del self.fields[name]

    def clean_expires_on(self) -> date | None:
        last: date | None = self.cleaned_data["expires_on"]
        return check_last_day(last) if "expires_on" in self.changed_data else last

    def changes(self) -> dict[str, Any]:
        """Only what differs from what the page showed."""
        data, changed = self.cleaned_data, self.changed_data
        found: dict[str, Any] = {
            name: data[name] for name in ("label", "max_redemptions") if name in changed
        }
        if "expires_on" in changed:
            last = data["expires_on"]
            found["expires_at"] = end_of(last) if last else None
        return found
