"""What members type."""

from __future__ import annotations

from django import forms

from catalyst.language.words import lazy
from franchise.organizations.environments.models import Kind
from franchise.organizations.members.roles import MemberRole


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": lazy("Type the e-mail address to invite."),
                        "invalid": lazy("This is not an e-mail address. "
                                        "Write it like name@example.com.")},
    )  # fmt: skip
    role = forms.ChoiceField(
        label=lazy("Role"),
        choices=MemberRole.choices,
        initial=MemberRole.DEVELOPER,
        error_messages={"required": lazy("Choose a role."),
                        "invalid_choice": lazy("Choose a role.")},
    )  # fmt: skip


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=MemberRole.choices)


class NameForm(forms.Form):
    name = forms.CharField(
        label=lazy("Name"),
        max_length=120,
        error_messages={"required": lazy("Type the name of your Organization.")},
    )


class EnvironmentForm(forms.Form):
    kind = forms.ChoiceField(
        label=lazy("Type"),
        choices=Kind.choices,
        initial=Kind.DEV,
        error_messages={"required": lazy("Choose a type of Environment."),
                        "invalid_choice": lazy("Choose a type of Environment.")},
    )  # fmt: skip


class DeleteForm(forms.Form):
    """The short name is typed, so that nobody deletes by a slip."""

    typed = forms.CharField(
        label=lazy("Type the short name to delete it"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none",
                                      "spellcheck": "false"}),
        error_messages={"required": lazy("Type the short name.")},
    )  # fmt: skip
