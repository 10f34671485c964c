"""What staff type about orders."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.billing.orders.models import Purpose, State
from franchise.money import Money


class SearchForm(forms.Form):
    """In the address; an unknown state is no filter."""

    q = forms.CharField(
        label=lazy("Number, Organization, person or invoice"), max_length=120, required=False
    )
    state = forms.ChoiceField(
        label=lazy("State"), choices=[("", lazy("All")), *State.choices], required=False
    )
    purpose = forms.ChoiceField(
        label=lazy("Purpose"), choices=[("", lazy("All")), *Purpose.choices], required=False
    )

    def filter(self) -> dict[str, Any]:
        self.full_clean()
        data = self.cleaned_data
        return {"search": data.get("q", ""), "state": data.get("state", ""),
                "purpose": data.get("purpose", "")}  # fmt: skip


class RefundForm(forms.Form):
    """After validation `cleaned_data["money"]` is what to give back; None: all that is left."""

    amount = forms.CharField(
        label=lazy("Amount"),
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=lazy("Empty: all that is left. The card's part goes back first, then credit."),
    )
    reason = forms.CharField(
        label=lazy("Why"),
        max_length=300,
        help_text=lazy("It stands on the credit note."),
        error_messages={"required": lazy("Say why, in up to 300 characters.")},
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["money"] = None
        if typed := data.get("amount", "").strip():
            try:
                data["money"] = Money.parse(typed, self.currency)
            except Invalid as problem:
                self.add_error("amount", problem.detail)
        return data
