"""The franchise's face, as a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from catalyst.language.words import lazy

ONLY, BOTH = "only", "both"


def _languages() -> list[tuple[str, str]]:
    return list(settings.LANGUAGES)


class BrandForm(forms.Form):
    name = forms.CharField(
        label=lazy("Name"), max_length=60, required=False,
        help_text=lazy("Shown on every page in the place of the address."),
    )  # fmt: skip
    sender = forms.CharField(
        label=lazy("Mails are from"), max_length=60, required=False,
        help_text=lazy("The sender’s name. Left empty, it is the name above."),
    )  # fmt: skip
    accent = forms.CharField(
        label=lazy("Accent colour"), max_length=7, required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=lazy("Like #0f6b5c. For buttons, links and what is chosen; it has to be dark "
                       "enough to read on white. A lighter one is made from it for the dark."),
    )  # fmt: skip
    first = forms.ChoiceField(
        label=lazy("First language"), choices=_languages,
        help_text=lazy("Of visitors whose browser asks for none of those offered, and of mails."),
    )  # fmt: skip
    offered = forms.ChoiceField(
        label=lazy("Languages offered"),
        choices=[(BOTH, lazy("All")), (ONLY, lazy("The first only"))],
    )  # fmt: skip
    logo = forms.FileField(
        label=lazy("Logo"), required=False, allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": "image/png"}),
        help_text=lazy("A PNG of at most 1200 × 400 points and 256 KiB. Stands before the name."),
    )  # fmt: skip
    without_logo = forms.BooleanField(label=lazy("Without a logo"), required=False)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        others = [code for code, _name in settings.LANGUAGES if code != data["first"]]
        file = data["logo"]
        return {
            "name": data["name"], "sender": data["sender"], "accent": data["accent"],
            "languages": [data["first"], *(others if data["offered"] == BOTH else [])],
            "logo": file.read() if file else None, "without_logo": data["without_logo"],
        }  # fmt: skip
