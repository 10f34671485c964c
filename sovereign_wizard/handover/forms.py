"""What a person types before something irrevocable, and the token that may be asked for again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.vault.secret import Secret
from sovereign_wizard.handover.items import Item


class ConfirmForm(forms.Form):
    """The Sovereign's full name, typed; and a Hetzner token where none is kept any more."""

    confirm_fqdn = forms.CharField(
        label=lazy("Type the Sovereign’s full name"),
        max_length=253,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    hetzner_token = forms.CharField(
        label=lazy("Hetzner API token"),
        help_text=lazy("Read & Write, of the same project. Catalyst keeps none of this Sovereign."),
        strip=True,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self, *arguments: Any, fqdn: str, asks_token: bool, confirms: bool = True, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._fqdn = fqdn
        if not asks_token:
            del self.fields["hetzner_token"]
        if not confirms:
            del self.fields["confirm_fqdn"]

    def clean_confirm_fqdn(self) -> str:
        typed = str(self.cleaned_data["confirm_fqdn"]).strip().lower()
        if typed != self._fqdn:
            raise forms.ValidationError(
                _("This is not %(fqdn)s. Nothing was done.") % {"fqdn": self._fqdn}
            )
        return typed

    @property
    def token(self) -> Secret | None:
        """The token that was typed, if one was asked for."""
        typed = self.cleaned_data.get("hetzner_token", "")
        return Secret(typed) if typed else None


class RemoveForm(ConfirmForm):
    """A reviewed list: nothing is chosen before a person chose it."""

    items = forms.MultipleChoiceField(
        label=lazy("What to remove"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": lazy("Choose at least one thing to remove."),
            "invalid_choice": lazy("Something you chose is not there any more. Look again."),
        },
    )

    def __init__(
        self, *arguments: Any, offered: tuple[Item, ...], required: bool = True, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.fields["items"].required = required
        choices = [(item.key, f"{item.noun} {item.name}") for item in offered]
        self.fields["items"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[str]:
        """Keys that are ticked, as typed: kept on the page when something else was wrong."""
        if self.is_bound:
            return list(self.data.getlist("items"))  # type: ignore[attr-defined]
        return list(self.initial.get("items", []))
