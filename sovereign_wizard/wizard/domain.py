"""Step 3: what it is called and who owns it. Whether a name is free is asked of `dns`."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from catalyst.identity.permissions import requires
from catalyst.problem import Problem
from dns.pools import services as pools
from sovereign_wizard.wizard import drafts, shell
from sovereign_wizard.wizard.models import Draft

STEP = "domain"


class DomainForm(forms.Form):
    """What it is called and who owns it."""

    organization_name = forms.CharField(
        label="Organization",
        help_text="Who runs this Sovereign, as customers should read it.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "Give the name of the Organization."},
    )
    owner_email = forms.EmailField(
        label="Owner’s e-mail",
        help_text="The first sovereign-admin, and where certificate warnings go.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Give an address that is read."},
    )
    subdomain = forms.CharField(
        label="Name",
        max_length=253,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Give a name, for example “omantel”."},
    )
    pool_domain = forms.ChoiceField(label="Pool domain")

    def __init__(self, *args: Any, pool_domains: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["pool_domain"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pool, pool) for pool in pool_domains]


@requires("sovereign.provision")
def domain(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Organization, owner and the Sovereign's name."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    offered = list(settings.CATALYST.pool_domains)
    if request.method != "POST":
        initial = {"owner_email": draft.owner.email, "pool_domain": offered[0], **draft.values}
        form = DomainForm(initial=initial, pool_domains=offered)
        return _page(request, draft, form)
    typed = {name: request.POST.get(name, "").strip() for name in DomainForm.base_fields}
    if request.POST.get("go") == "back":
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        return shell.back(draft, STEP)
    form = DomainForm(request.POST, pool_domains=offered)
    accepted = form.is_valid()
    found = _look(request, typed["pool_domain"], typed["subdomain"])
    if found and not found.available and "subdomain" not in form.errors:
        form.add_error("subdomain", found.detail or "This name is not free.")
        accepted = False
    values = {**typed, **shell.cleaned(form)}
    drafts.answer(draft=draft, step=STEP, values=values, accepted=accepted)
    if accepted:
        return shell.onward(draft, STEP)
    return _page(request, draft, form, found=found, status=422)


@requires("sovereign.provision")
def name(request: HttpRequest) -> HttpResponseBase:
    """Is this name free? A fragment, asked while somebody types."""
    typed = request.GET.get("pool_domain", ""), request.GET.get("subdomain", "")
    found = _look(request, *typed)
    return render(request, "sovereign_wizard/wizard/_availability.html", {"found": found})


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    form = DomainForm(draft.values, pool_domains=list(settings.CATALYST.pool_domains))
    form.add_error(field, words)
    return _page(request, draft, form, status=422)


def _page(
    request: HttpRequest,
    draft: Draft,
    form: DomainForm,
    *,
    found: pools.Availability | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """The step as a page; `found` is what `dns` said about the name."""
    if found is None:
        typed = (str(form[field].value() or "") for field in ("pool_domain", "subdomain"))
        found = _look(request, *typed)
    return shell.page(
        request, draft, STEP, form=form, found=found, name_url=reverse("wizard-name"), status=status
    )


def _look(request: HttpRequest, pool: str, label: str) -> pools.Availability | None:
    """What `dns` says now; None when nothing was typed or nobody can say."""
    if not pool or not label.strip():
        return None
    try:
        account = shell.person(request).account
        return pools.check(pool=pool, label=label.strip(), account=account)
    except Problem:
        return None
