"""What is typed to trust another Sovereign, and to sign vouchers for it."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.language.words import lazy
from franchise.crossing.issuing import MOST_AT_ONCE
from franchise.crossing.models import Peer
from franchise.crossing.token import MOST_USES
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

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class TrustForm(forms.Form):
    fqdn = forms.CharField(
        label=lazy("Full name of the other Sovereign"),
        max_length=100,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=lazy("Like zain.example.com."),
    )
    public = forms.CharField(
        label=lazy("Its public key"),
        max_length=100,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=lazy(
            "Compare it with them, by telephone or on paper: whoever has the private half can give "
            "credit here."
        ),
    )
    url = forms.CharField(
        label=lazy("Address of its console"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=lazy("Leave it empty for https://console. and its name."),
    )


class CampaignForm(forms.Form):
    """After validation `cleaned_data` has `credit` (Money) and `ends_at` (aware UTC)."""

    name = forms.CharField(label=lazy("Name"), max_length=80)
    audience = forms.ModelChoiceField(
        label=lazy("Where customers redeem it"), queryset=Peer.objects.order_by("fqdn")
    )
    amount = amount_field(
        lazy("Credit"),
        error_messages={"required": lazy("Say how much the voucher is worth, like 12.5.")},
    )
    currency = forms.ChoiceField(label=lazy("Currency"), choices=CURRENCIES)
    cap = forms.IntegerField(
        label=lazy("Codes that may be signed"),
        min_value=1,
        max_value=MOST_USES,
        initial=100,
        help_text=lazy("This, times the credit, is what the campaign costs at most."),
    )
    uses = count_field(lazy("Uses of each code"), initial=1)
    ends_on = date_field(lazy("Last day, until midnight UTC"), initial=in_three_months)

    def clean_ends_on(self) -> Any:
        return check_last_day(self.cleaned_data["ends_on"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        money_of(self, "amount", "credit")
        if data.get("ends_on"):
            data["ends_at"] = end_of(data["ends_on"])
        return data


class SignForm(forms.Form):
    count = forms.IntegerField(
        label=lazy("How many codes"), min_value=1, max_value=MOST_AT_ONCE, initial=1
    )


class RevokeForm(forms.Form):
    serial = forms.CharField(
        label=lazy("Number of the voucher"), max_length=16, widget=forms.TextInput(attrs=PLAIN)
    )
    because = forms.CharField(label=lazy("Why"), max_length=200)
