"""What a customer types to redeem."""

from __future__ import annotations

from django import forms

from catalyst.language.words import lazy


class RedeemForm(forms.Form):
    code = forms.CharField(
        label=lazy("Voucher code"),
        max_length=64,
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
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)
