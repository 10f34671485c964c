"""Forms about a domain of one's own: a registrar's credentials, and typing the name to go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from dns.registrars.catalog import find
from dns.registrars.problems import RegistrarProblem
from dns.registrars.services import CredentialField, Credentials, Registrar

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class _Asked:
    """Marked as required as the registrar says; missed only by `read_credentials`, which knows
    whether this registrar was chosen and whether some are kept."""

    def validate(self, value: Any) -> None:
        pass


class _Unseen(BoundField):
    """What was typed never comes back into a page, not even what is no secret by itself."""

    def value(self) -> str:
        return ""


class _Text(_Asked, forms.CharField):
    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return _Unseen(form, self, field_name)


class _Menu(_Asked, forms.ChoiceField):
    pass


def field_name(registrar: str, field: str) -> str:
    """Name of a credential in a form, e.g. `ovh-consumer_key`."""
    return f"{registrar}-{field}"


def add_credentials(form: forms.Form, kind: type[Registrar], *, kept: bool = False) -> None:
    """Inputs for a registrar's credentials. `kept`: they are for replacing those only."""
    for field in kind.fields:
        form.fields[field_name(kind.name, field.name)] = _input(field, kept=kept)


def read_credentials(
    form: forms.Form, kind: type[Registrar], *, kept: bool = False
) -> Credentials | None:
    """What was typed, after the form's own cleaning; what is wrong is said beside its field.

    None: nothing was typed and those that are kept will do, or something is wrong.
    """
    typed = {
        field.name: str(form.cleaned_data.get(field_name(kind.name, field.name)) or "")
        for field in kind.fields
    }
    # A menu always says something; alone it is no answer.
    if kept and not any(typed[field.name] for field in kind.fields if not field.choices):
        return None
    try:
        return Credentials.read(kind.fields, typed)
    except RegistrarProblem as refused:
        form.add_error(field_name(kind.name, str(refused.extra["field"])), refused.detail)
        return None


def _input(field: CredentialField, *, kept: bool) -> forms.Field:
    attributes = {**PLAIN, "data-testid": f"byo-api-{field.name}"}
    required = field.required and not kept
    if field.choices:
        menu = forms.Select(attrs=attributes)
        return _Menu(
            label=field.label,
            help_text=field.help,
            required=required,
            choices=field.choices,
            widget=menu,
        )
    kind = forms.PasswordInput if field.secret else forms.TextInput
    return _Text(
        label=field.label,
        help_text=field.help,
        required=required,
        max_length=2048,
        widget=kind(attrs=attributes),
    )


@dataclass(frozen=True, slots=True)
class Vendor:
    """A registrar as a form draws it; `below_only`: it takes names below a domain only."""

    name: str
    title: str
    where: str
    rights: tuple[str, ...]
    below_only: bool
    inputs: tuple[BoundField, ...]
    chosen: bool = True


def vendor(form: forms.Form, kind: type[Registrar], *, chosen: bool = True) -> Vendor:
    """What templates get in the place of the adapter's class, which they would call."""
    return Vendor(
        name=kind.name,
        title=kind.title,
        where=kind.where,
        rights=kind.rights,
        below_only=not kind.capabilities.apex_only,
        inputs=tuple(form[field_name(kind.name, field.name)] for field in kind.fields),
        chosen=chosen,
    )


class AsksCredentials(forms.Form):
    """Asks for the credentials of `registrar` as well; for none when it is empty. `optional`: an
    answer without them will do."""

    optional = False

    def __init__(self, *arguments: Any, registrar: str = "", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.kind = find(registrar) if registrar else None
        self.credentials: Credentials | None = None
        if self.kind:
            add_credentials(self, self.kind, kept=self.optional)

    @property
    def vendor(self) -> Vendor | None:
        return vendor(self, self.kind) if self.kind else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.kind:
            self.credentials = read_credentials(self, self.kind, kept=self.optional)
        return cleaned


class GoOnForm(AsksCredentials):
    """What going on needs: credentials where a registrar is to be asked again, and where something
    people use would stop (`losing`) the domain, typed."""

    acknowledgement = forms.CharField(
        label="Type the domain to let them stop",
        max_length=1024,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": "Type the domain."},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        registrar: str = "",
        losing: bool = False,
    ) -> None:
        super().__init__(data, registrar=registrar)
        if not losing:
            del self.fields["acknowledgement"]


class RestoreForm(GoOnForm):
    """The name is typed, because people are sent elsewhere by this. Without credentials a person
    brings the old name servers back by hand."""

    optional = True

    confirm = forms.CharField(
        label="Type the domain to bring the old name servers back",
        max_length=1024,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": "Type the domain."},
    )
