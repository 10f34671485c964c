"""Log-in and password forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext as _

from catalyst.identity.models import User
from catalyst.language.words import lazy


class LogInForm(AuthenticationForm):
    """E-mail and password, or the one-time code in the place of the password."""

    username = forms.EmailField(
        label=lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=lazy("Password or one-time code"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": lazy(
            "This e-mail and password do not belong together. Nothing was changed."
        ),
        "inactive": lazy("This account was switched off."),
    }


class ConfirmForm(forms.Form):
    """The password once more, of somebody who is logged in."""

    password = forms.CharField(
        label=lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise forms.ValidationError(_("This is not your password. Nothing was done."))
        return password


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=lazy("New password"),
        help_text=lazy("12 characters or more."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=lazy("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two entries differ."))
        return again
