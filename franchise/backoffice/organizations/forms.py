"""What staff type about an Organization."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.language.words import lazy
from franchise.organizations.states import State


class SearchForm(forms.Form):
    """In the address; an unknown state is no filter."""

    q = forms.CharField(label=lazy("Name, short name or e-mail"), max_length=120, required=False)
    state = forms.ChoiceField(
        label=lazy("State"), choices=[("", lazy("All")), *State.choices], required=False
    )

    def filter(self) -> dict[str, Any]:
        self.full_clean()
        data = self.cleaned_data
        return {"search": data.get("q", ""), "state": data.get("state", "")}


class SuspendForm(forms.Form):
    words = forms.CharField(
        label=lazy("Why"),
        max_length=500,
        help_text=lazy("For your colleagues and the audit; the customer is told that it was you."),
        error_messages={"required": lazy("Say why, in up to 500 characters.")},
    )


class VisitForm(forms.Form):
    why = forms.CharField(
        label=lazy("Why"),
        max_length=200,
        error_messages={"required": lazy("Say why, in 3 to 200 characters. The audit keeps it.")},
    )
