"""What to look for among the mails; everything may be left empty."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.language.words import lazy
from franchise.mails.kinds import KINDS
from franchise.mails.models import MailState


class FindForm(forms.Form):
    to = forms.CharField(label=lazy("Recipient"), max_length=254, required=False)
    state = forms.ChoiceField(
        label=lazy("State"),
        choices=[("", lazy("Any state")), *MailState.choices],
        required=False,
    )
    kind = forms.ChoiceField(
        label=lazy("Mail"),
        choices=[("", lazy("Any mail")), *((kind, kind) for kind in KINDS)],
        required=False,
    )

    def wanted(self) -> dict[str, Any]:
        """Only of a valid form."""
        data = self.cleaned_data
        return {"to": data["to"].strip(), "state": data["state"], "kind": data["kind"]}
