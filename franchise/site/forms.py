"""What customers type on their way to the checkout."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from franchise.organizations.models import Organization

NEW = "new"
CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
SLUG = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class NameForm(forms.Form):
    """Both may wait until the checkout."""

    name = forms.CharField(
        label=lazy("Name of your Organization"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    slug = forms.CharField(
        label=lazy("Short name"), max_length=30, required=False,
        widget=forms.TextInput(attrs=SLUG),
        help_text=lazy("Used in addresses. Leave it empty and we make it from the name."),
    )  # fmt: skip


class CheckoutForm(forms.Form):
    """`organizations`: those whose money this person may look after.

    After validation `organization_id` is a number, or None for a new one.
    """

    organization = forms.ChoiceField(label=lazy("For which Organization"), required=False)
    organization_name = forms.CharField(
        label=lazy("Name of your Organization"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    organization_slug = forms.CharField(
        label=lazy("Short name"), max_length=30, required=False,
        widget=forms.TextInput(attrs=SLUG),
        help_text=lazy("Used in addresses. Leave it empty and we make it from the name."),
    )  # fmt: skip
    code = forms.CharField(
        label=lazy("Voucher code"), max_length=64, required=False,
        widget=forms.TextInput(attrs=CODE),
        help_text=lazy("Its credit pays first."),
    )  # fmt: skip
    use_credit = forms.BooleanField(label=lazy("Pay with the Organization’s credit first"),
                                    required=False)  # fmt: skip
    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, organizations: list[Organization], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = self.fields["organization"]
        assert isinstance(chosen, forms.ChoiceField)
        choices = [(str(each.pk), each.name) for each in organizations]
        chosen.choices = [*choices, (NEW, _("A new Organization"))]
        self.has_choice = bool(choices)
        name = self.fields["organization_name"]
        name.required = not self.has_choice
        name.error_messages["required"] = _("Type the name of your Organization.")
        if self.has_choice:
            name.help_text = _("Only for a new Organization.")
            self.fields["organization_slug"].help_text = name.help_text

    def chosen_id(self) -> int | None:
        """Also of a form that is only looked at."""
        told = str(self["organization"].value() or "")
        known = {value for value, _label in self.fields["organization"].choices}  # type: ignore[attr-defined]
        return int(told) if told in known and told != NEW else None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = data.get("organization") or NEW
        data["organization_id"] = None if chosen == NEW else int(chosen)
        if chosen == NEW and self.has_choice and not data.get("organization_name"):
            self.add_error("organization_name", _("Type the name of your Organization."))
        return data
