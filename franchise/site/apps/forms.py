"""What members type to install an App, and to remove one."""

from __future__ import annotations

from typing import Any

from django import forms

from catalyst.blueprints.needs import Need
from catalyst.language.words import lazy
from franchise.organizations.environments.models import Environment

SHARED, ALONE = "shared", "dedicated"
CHOICES = [(SHARED, lazy("Share the Environment’s")), (ALONE, lazy("One of its own"))]


class InstallForm(forms.Form):
    """Where, under which name, and which of its needs get a copy of their own (`need-<alias>`)."""

    environment = forms.ChoiceField(
        label=lazy("Environment"),
        error_messages={"required": lazy("Choose an Environment."),
                        "invalid_choice": lazy("Choose an Environment.")},
    )  # fmt: skip
    name = forms.CharField(
        label=lazy("Name"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none",
                                      "spellcheck": "false"}),
        help_text=lazy("Stands in its address. Leave it empty and we choose one."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, environments: list[Environment], needs: list[tuple[Need, str]],
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **options)
        chosen = self.fields["environment"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(str(each.pk), str(each)) for each in environments]
        self.needs = needs
        for need, title in needs:
            self.fields[f"need-{need.name}"] = forms.ChoiceField(
                label=title,
                choices=CHOICES,
                initial=SHARED,
                required=False,
            )

    @property
    def need_fields(self) -> list[forms.BoundField]:
        return [self[f"need-{need.name}"] for need, _title in self.needs]

    def dedicated(self) -> list[str]:
        return [need.name for need, _title in self.needs
                if self.cleaned_data.get(f"need-{need.name}") == ALONE]  # fmt: skip


class RemoveForm(forms.Form):
    confirm_name = forms.CharField(
        label=lazy("Type the name of the App"), max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none",
                                      "spellcheck": "false"}),
        error_messages={"required": lazy("Type the name of the App.")},
    )  # fmt: skip
