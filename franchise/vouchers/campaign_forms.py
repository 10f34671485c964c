"""The form of a campaign's rules. An empty limit is no limit; nothing is ever reset by silence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from franchise.money import Money
from franchise.vouchers.forms import (
    CURRENCIES,
    amount_field,
    check_last_day,
    count_field,
    date_field,
    end_of,
    in_three_months,
    money_of,
)
from franchise.vouchers.models import Campaign
from franchise.vouchers.rules import LONGEST_NAME, MOST_DAYS, Rules

AMOUNTS = {"amount": "credit", "minimum_order": "minimum_order", "budget": "budget"}
# A browser sends nothing for a box that is not ticked, so the page says that it showed one.
TICKS = ("first_order_only",)
# Rules of which the form's field has another name.
FIELD_OF = {"credit": "amount", "starts_at": "starts_on", "ends_at": "ends_on"}


class CampaignForm(forms.Form):
    name = forms.CharField(
        label=lazy("Name of the campaign"),
        max_length=LONGEST_NAME,
        error_messages={"required": lazy("Give the campaign a name.")},
    )
    amount = amount_field(
        lazy("Credit of each voucher"),
        error_messages={"required": lazy("Say how much the voucher is worth, like 12.5.")},
    )
    currency = forms.ChoiceField(label=lazy("Currency"), choices=CURRENCIES)
    starts_on = date_field(
        lazy("First day, from midnight UTC"), required=False, help_text=lazy("Empty: at once.")
    )
    ends_on = date_field(
        lazy("Last day, until midnight UTC"),
        required=False,
        initial=in_three_months,
        help_text=lazy("Empty: until you revoke it."),
    )
    max_redemptions = count_field(
        lazy("Uses of all its codes together"), required=False, help_text=lazy("Empty: no cap.")
    )
    budget = amount_field(
        lazy("Budget"), required=False, help_text=lazy("What all its credit may come to together.")
    )
    per_organization = count_field(lazy("Uses per Organization"), initial=1)
    per_person = count_field(
        lazy("Uses per person"),
        initial=1,
        help_text=lazy("A mailbox is one person, with whatever tag it is written."),
    )
    per_email_domain = count_field(
        lazy("Uses per domain of the e-mail"),
        required=False,
        help_text=lazy("Leave it empty when customers use public mail services."),
    )
    credit_expires_days = count_field(
        lazy("Days the credit is good for"),
        required=False,
        max_value=MOST_DAYS,
        help_text=lazy("Empty: it stays until it is spent."),
    )
    minimum_order = amount_field(lazy("Smallest order it can be used for"), required=False)
    plans = forms.CharField(
        label=lazy("Only for these Plans"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=lazy("Short names with spaces between them, like “m l”. Empty: every Plan."),
    )
    first_order_only = forms.BooleanField(
        label=lazy("Only for an Organization's first order"), required=False
    )

    def clean_plans(self) -> tuple[str, ...]:
        return tuple(re.findall(r"[^\s,;]+", self.cleaned_data["plans"].lower()))

    def clean_ends_on(self) -> date | None:
        last: date | None = self.cleaned_data["ends_on"]
        return check_last_day(last) if "ends_on" in self.changed_data else last

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for field, name in AMOUNTS.items():
            money_of(self, field, name)
        starts = data.get("starts_on")
        data["starts_at"] = datetime.combine(starts, time.min, tzinfo=UTC) if starts else None
        data["ends_at"] = end_of(data["ends_on"]) if data.get("ends_on") else None
        if data["starts_at"] and data["ends_at"] and data["starts_at"] >= data["ends_at"]:
            self.add_error("ends_on", _("It ends after it begins."))
        return data

    def rules(self) -> Rules:
        """Of a valid form."""
        names = Rules.__dataclass_fields__
        return Rules(**{name: self.cleaned_data[name] for name in names})


class EditForm(CampaignForm):
    """Changes what is sent and nothing else: a field that is not there is not "no limit"."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, campaign: Campaign, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={**shown(campaign), "version": campaign.version})
        if data is not None:
            for name in self.fields.keys() - data.keys() - {"version"}:
                if not (name in TICKS and f"{name}-shown" in data):
                    del self.fields[name]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data.setdefault("currency", self.initial["currency"])
        return super().clean()

    def changes(self) -> dict[str, Any]:
        """Of a valid form: the rules that differ from what the page showed."""
        changed = set(self.changed_data)
        if "currency" in changed:  # amounts mean something else
            changed |= set(AMOUNTS)
        found = {
            name: self.cleaned_data[name]
            for name in Rules.__dataclass_fields__
            if FIELD_OF.get(name, name) in changed and name in self.cleaned_data
        }
        if "starts_at" in found and found["starts_at"] is None:
            found["starts_at"] = timezone.now()
        return found


def shown(campaign: Campaign) -> dict[str, Any]:
    """The rules as the form shows them."""
    return {
        "name": campaign.name,
        "amount": _typed(campaign.credit),
        "currency": campaign.currency,
        "starts_on": campaign.starts_at.date(),
        "ends_on": campaign.ends_at and (campaign.ends_at - timedelta(microseconds=1)).date(),
        "max_redemptions": campaign.max_redemptions,
        "budget": _typed(campaign.budget) if campaign.budget else "",
        "per_organization": campaign.per_organization,
        "per_person": campaign.per_person,
        "per_email_domain": campaign.per_email_domain,
        "credit_expires_days": campaign.credit_expires_days,
        "minimum_order": _typed(campaign.minimum_order) if campaign.minimum_order else "",
        "plans": " ".join(campaign.plans),
        "first_order_only": campaign.first_order_only,
    }


def _typed(money: Money) -> str:
    """As a person would type it: without the currency."""
    return str(money).partition(" ")[2]
