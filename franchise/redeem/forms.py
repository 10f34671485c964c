"""What a customer types to redeem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.blueprints.services import App
from catalyst.language.words import lazy
from franchise.organizations.models import Organization
from franchise.vouchers.codes import LONGEST_TYPED

NEW = "new"


class RedeemForm(forms.Form):
    code = forms.CharField(
        label=lazy("Voucher code"),
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters",
                                      "spellcheck": "false"}),
        help_text=lazy("Twelve letters and digits, like 7K2M-9QXT-4HB3."),
        error_messages={"required": lazy("Type the code from your voucher.")},
    )  # fmt: skip
    email = forms.EmailField(
        label=lazy("Your e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=lazy("You become the owner of the Organization."),
        error_messages={"required": lazy("Type your e-mail address."),
                        "invalid": lazy("This is not an e-mail address. "
                                   "Write it like name@example.com.")},
    )  # fmt: skip
    organization_name = forms.CharField(
        label=lazy("Name of your Organization"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": lazy("Type the name of your Organization.")},
    )
    organization_slug = forms.CharField(
        label=lazy("Short name"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none",
                                      "spellcheck": "false"}),
        help_text=lazy("Used in addresses. Leave it empty and we make it from the name."),
    )  # fmt: skip
    blueprint = forms.ChoiceField(
        label=lazy("Your first App"),
        required=False,
        help_text=lazy("It is installed at once, and the least Plan for it is paid from the "
                       "credit."),
    )  # fmt: skip
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: Iterable[App] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(each.id, each.title) for each in offered]
        if not choices:
            del self.fields["blueprint"]
            return
        chosen = self.fields["blueprint"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("None yet")), *choices]


class MemberForm(RedeemForm):
    """Of somebody who is logged in: their e-mail is known, and so are their Organizations.

    After validation `cleaned_data["organization_id"]` is a number, or None for a new one.
    """

    organization = forms.ChoiceField(label=lazy("Where the credit goes"), required=False)

    def __init__(self, *args: Any, organizations: list[Organization], **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["email"]
        choices = [(str(each.pk), each.name) for each in organizations]
        chosen = self.fields["organization"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [*choices, (NEW, _("A new Organization"))]
        self.has_choice = bool(choices)
        self.fields["organization_name"].required = not self.has_choice
        for name in ("organization_name", "organization_slug"):
            if self.has_choice:
                self.fields[name].help_text = _("Only for a new Organization.")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = data.get("organization") or NEW
        data["organization_id"] = None if chosen == NEW else int(chosen)
        if chosen == NEW and not data.get("organization_name"):
            self.add_error("organization_name", _("Type the name of your Organization."))
        return data
