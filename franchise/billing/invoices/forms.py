"""What staff type to find an invoice."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.language.words import lazy


class SearchForm(forms.Form):
    """In the address."""

    q = forms.CharField(label=lazy("Number, order or Organization"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=lazy("Kind"), required=False,
        choices=[("", lazy("Invoices")), ("notes", lazy("Credit notes"))],
    )  # fmt: skip

    def filter(self) -> dict[str, Any]:
        self.full_clean()
        data = self.cleaned_data
        return {"search": data.get("q", ""), "notes": data.get("kind", "") == "notes"}
