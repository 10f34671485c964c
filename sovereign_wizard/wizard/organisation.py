"""Step 1: who runs it. A name and an address are needed; the rest is written down if it is said."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase

from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from sovereign_wizard.provisioning.profile import Compliance, Headcount, Industry
from sovereign_wizard.wizard import drafts, shell
from sovereign_wizard.wizard.models import Draft

STEP = "organisation"
UNSAID = ("", lazy("Not said"))


class OrganisationForm(forms.Form):
    """Who runs it."""

    organization_name = forms.CharField(
        label=lazy("Organization"),
        help_text=lazy("Who runs this Sovereign, as customers should read it."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": lazy("Give the name of the Organization.")},
    )
    owner_email = forms.EmailField(
        label=lazy("Owner’s e-mail"),
        help_text=lazy("The first sovereign-admin, and where certificate warnings go."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "data-testid": "admin-email-input"}
        ),
        error_messages={"required": lazy("Give an address that is read.")},
    )
    headquarters = forms.CharField(
        label=lazy("Headquarters"),
        help_text=lazy("City and country. Decides nothing."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    industry = forms.ChoiceField(
        label=lazy("Industry"), required=False, choices=[UNSAID, *Industry.choices]
    )
    headcount = forms.ChoiceField(
        label=lazy("People who work there"), required=False, choices=[UNSAID, *Headcount.choices]
    )
    compliance = forms.MultipleChoiceField(
        label=lazy("Rules it has to keep"),
        required=False,
        choices=Compliance.choices,
        error_messages={"invalid_choice": lazy("“%(value)s” is none of these.")},
    )


@requires("sovereign.provision")
def organisation(request: HttpRequest, draft_id: uuid.UUID | None = None) -> HttpResponseBase:
    """The first question; without a draft one is begun by the first answer."""
    owner = shell.person(request)
    draft = drafts.find(owner=owner, draft_id=draft_id) if draft_id else Draft(owner=owner)
    if draft.deployment_id:
        return shell.to_deployment(draft.deployment_id)
    if request.method != "POST":
        initial = {"owner_email": owner.email, **draft.values}
        return _page(request, draft, OrganisationForm(initial=initial))
    form = OrganisationForm(request.POST)
    accepted = form.is_valid()
    values = {**_typed(request), **shell.cleaned(form)}
    drafts.answer(draft=draft, step=STEP, values=values, accepted=accepted)
    return shell.onward(draft, STEP) if accepted else _page(request, draft, form, status=422)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    form = OrganisationForm(draft.values)
    form.add_error(field, words)
    return _page(request, draft, form, status=422)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was sent, to be kept as it is; of the rules only those that there are."""
    sent = request.POST
    kept: dict[str, Any] = {
        name: sent.get(name, "").strip() for name in OrganisationForm.base_fields
    }
    return kept | {
        "compliance": [rule for rule in sent.getlist("compliance") if rule in Compliance.values]
    }


def _page(
    request: HttpRequest, draft: Draft, form: OrganisationForm, *, status: int = 200
) -> HttpResponseBase:
    chosen = form["compliance"].value() or ()
    rules = [
        {"value": rule.value, "label": rule.label, "chosen": rule.value in chosen}
        for rule in Compliance
    ]
    return shell.page(request, draft, STEP, status=status, form=form, rules=rules)
