"""The form of the domain step: a name under a pool, or a domain of one's own, moved by hand or by
its registrar. Which fields count follows from the mode; the others are kept and not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from dns.byo import services as byo
from dns.byo.forms import PLAIN, Vendor, add_credentials, field_name, read_credentials, vendor
from dns.byo.problems import BadRecord
from dns.registrars import services as registrars
from dns.registrars.catalog import find
from dns.registrars.services import Credentials, RegistrarProblem
from sovereign_wizard.provisioning.models import DomainMode
from sovereign_wizard.wizard import shell

# Fields that only mean something in these modes.
POOL_FIELDS = ("subdomain", "pool_domain")
OWN_FIELDS = ("own_domain", "bring_records", "more_records", "acknowledgement")


class DomainForm(forms.Form):
    """What it is called. `kept`: the registrar whose credentials the draft keeps,
    so that they need not be typed again."""

    # A draft of an earlier release, and a browser that sends none, means the pool.
    domain_mode = forms.ChoiceField(choices=DomainMode.choices, required=False)
    subdomain = forms.CharField(
        label=lazy("Name"),
        max_length=253,
        widget=forms.TextInput(attrs={**PLAIN, "data-testid": "pool-subdomain-input"}),
        error_messages={"required": lazy("Give a name, for example “omantel”.")},
    )
    pool_domain = forms.ChoiceField(
        label=lazy("Pool domain"), widget=forms.Select(attrs={"data-testid": "pool-domain-select"})
    )
    own_domain = forms.CharField(
        label=lazy("Your domain"),
        help_text=lazy(
            "A name below it, such as cloud.acme.com, leaves its mail and web as they are."
        ),
        max_length=1024,
        widget=forms.TextInput(
            attrs={**PLAIN, "data-testid": "byo-domain-input", "inputmode": "url"}
        ),
        error_messages={"required": lazy("Give your domain, for example cloud.acme.com.")},
    )
    registrar = forms.ChoiceField(
        label=lazy("Registrar"),
        error_messages={"required": lazy("Choose where the domain is kept.")},
    )
    bring_records = forms.BooleanField(
        label=lazy("Bring the records that were found along"),
        help_text=lazy("They are answered by us from the move on, beside the Sovereign’s own."),
        required=False,
    )
    more_records = forms.CharField(
        label=lazy("More records to bring along"),
        help_text=lazy(
            "Only you know them all: nobody may list a zone from outside. One on each line, "
            "name, type and content, for example: shop CNAME shops.example.net"
        ),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    acknowledgement = forms.CharField(
        label=lazy("Or type the domain to let them stop"),
        help_text=lazy("For a domain whose mail and web nobody needs any more."),
        max_length=1024,
        required=False,
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, pool_domains: list[str], kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        self.credentials: Credentials | None = None
        shell.choices(self, "pool_domain", [(pool, pool) for pool in pool_domains])
        titles = [(kind.name, kind.title) for kind in registrars.available()]
        shell.choices(self, "registrar", titles)
        for kind in registrars.available():
            add_credentials(self, kind, kept=kind.name == kept)

    def full_clean(self) -> None:
        """Only the chosen mode's fields are missed; in the page each is marked as its mode has it,
        because another mode is chosen there without asking us."""
        off: tuple[str, ...] = OWN_FIELDS if self.mode == DomainMode.POOL else POOL_FIELDS
        if self.mode != DomainMode.BY_REGISTRAR:
            off += ("registrar",)
        needed = [self.fields[name] for name in off if self.fields[name].required]
        for field in needed:
            field.required = False
        super().full_clean()
        for field in needed:
            field.required = True

    @property
    def mode(self) -> str:
        """The mode that was chosen; the pool while nothing was."""
        found = str(self["domain_mode"].value() or "")
        return found if found in DomainMode.values else DomainMode.POOL

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        chosen = str(self["registrar"].value() or "")
        return tuple(
            vendor(self, kind, chosen=kind.name == chosen) for kind in registrars.available()
        )

    def clean_domain_mode(self) -> str:
        return str(self.cleaned_data["domain_mode"] or DomainMode.POOL)

    def clean_own_domain(self) -> str:
        typed = str(self.cleaned_data["own_domain"])
        if self.mode == DomainMode.POOL:
            return typed
        try:
            return byo.read_domain(typed).name
        except RegistrarProblem as refused:
            raise forms.ValidationError(refused.detail) from refused

    @property
    def refused_credentials(self) -> bool:
        """Is there something wrong with the registrar or its credentials before it is asked?"""
        chosen = str(self["registrar"].value() or "")
        return any(name == "registrar" or name.startswith(f"{chosen}-") for name in self.errors)

    def checks(self, name: str) -> bool:
        """Does a check of the domain concern this field?"""
        chosen = str(self["registrar"].value() or "")
        return name in ("own_domain", "registrar") or name.startswith(f"{chosen}-")

    def keep_errors_of_the_domain(self) -> None:
        """A check before the rest is filled in says nothing about the rest."""
        for name in [name for name in self.errors if not self.checks(name)]:
            del self.errors[name]

    def keeps(self, registrar: str) -> None:
        """The credentials are kept now and need not be typed again."""
        self.kept = registrar
        for field in find(registrar).fields:
            self.fields[field_name(registrar, field.name)].required = False

    def refuse_silent_loss(self, looked: Mapping[str, Any]) -> None:
        """What answers now stops only when a person said so, or its records come along."""
        if "own_domain" in self.errors or not looked.get("live"):
            return
        said = str(self.cleaned_data.get("acknowledgement", ""))
        if self.cleaned_data.get("bring_records") or byo.is_typed(said, looked["domain"]):
            return
        self.add_error(
            "acknowledgement",
            _("Tick that its records come along, or type %(display)s to let them stop.")
            % {"display": looked["display"]},
        )

    def values(self) -> dict[str, Any]:
        """Accepted values as the draft keeps them: no credential among them."""
        return {
            name: worth for name, worth in self.cleaned_data.items() if name in self.base_fields
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.credentials = None
        if self.mode == DomainMode.BY_REGISTRAR and (name := cleaned.get("registrar")):
            kept = self.kept == name
            self.credentials = read_credentials(self, find(name), kept=kept)
        if self.mode != DomainMode.POOL and (own := cleaned.get("own_domain")):
            try:
                byo.records_of(cleaned.get("more_records", ""), domain=own)
            except BadRecord as refused:
                self.add_error("more_records", refused.detail)
        return cleaned


def typed_values(data: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, to be kept in the draft. Never a credential."""
    kept: dict[str, Any] = {name: data.get(name, "").strip() for name in DomainForm.base_fields}
    return kept | {"bring_records": "bring_records" in data}
