"""Step 6: what it is called. A name under a pool is asked of `dns`, a domain of one's own is looked
at before anything is moved."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.limits.gate import limited
from catalyst.problem import Problem
from dns.byo.forms import field_name
from dns.pools import services as pools
from dns.registrars import services as registrars
from sovereign_wizard.provisioning.models import DomainMode
from sovereign_wizard.wizard import drafts, names, own_domain, registrar_keys, shell
from sovereign_wizard.wizard.domain_form import DomainForm, typed_values
from sovereign_wizard.wizard.models import Draft

STEP = "domain"
MODES = (
    (DomainMode.POOL, lazy("Ready at once, nothing to set anywhere.")),
    (DomainMode.BY_HAND, lazy("We tell you which name servers to set, and wait for them.")),
    (DomainMode.BY_REGISTRAR, lazy("With an API key of the registrar we set them for you.")),
)
# What `dns` calls a field, and what it is called here.
FIELDS = {
    "domain": "own_domain",
    "records": "more_records",
    "credentials": "registrar",
}


@requires("sovereign.provision")
def domain(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """The Sovereign's name. `go=check` looks at the domain, `go=name` at the name under a pool, and
    `take` puts another name in its place."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method != "POST":
        return _page(request, draft, _form(draft))
    typed, go = typed_values(request.POST), request.POST.get("go", "")
    if go == "back":
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        return shell.back(draft, STEP)
    if go == "name" or "take" in request.POST:
        typed["subdomain"] = request.POST.get("take", typed["subdomain"]).strip()
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        return _page(request, draft, _form(draft))
    form = _form(draft, request)
    accepted = form.is_valid()
    if go == "check":
        form.keep_errors_of_the_domain()
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        refusals = _own(request, draft, form, again=True)
        status = 422 if form.errors or refusals else 200
        return _page(request, draft, form, refusals=refusals, status=status)
    found, refusals = None, []
    if form.mode == DomainMode.POOL:
        found = _look(request, typed["pool_domain"], typed["subdomain"])
        if found and not found.available and "subdomain" not in form.errors:
            form.add_error("subdomain", found.detail or _("This name is not free."))
    else:
        refusals = _own(request, draft, form)
        form.refuse_silent_loss(draft.looked)
    accepted = not form.errors and not refusals
    values = {**typed, **form.values()}
    drafts.answer(draft=draft, step=STEP, values=values, accepted=accepted)
    if accepted:
        if form.mode != DomainMode.BY_REGISTRAR:
            registrar_keys.drop(draft=draft)
        return shell.onward(draft, STEP)
    return _page(request, draft, form, found=found, refusals=refusals, status=422)


@requires("sovereign.provision")
@limited("name-check")
def name(request: HttpRequest) -> HttpResponseBase:
    """Is this name free? A fragment, asked while somebody types."""
    typed = request.GET.get("pool_domain", ""), request.GET.get("subdomain", "")
    found = _look(request, *typed)
    context = {"found": found, "names": names.of(found.fqdn) if found else ()}
    return render(request, "sovereign_wizard/wizard/_availability.html", context)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    form = _form(draft, data=draft.values)
    field = FIELDS.get(field, field)
    form.add_error(field if field in form.fields else None, words)
    return _page(request, draft, form, status=422)


def _form(
    draft: Draft, request: HttpRequest | None = None, *, data: dict[str, Any] | None = None
) -> DomainForm:
    offered = list(settings.CATALYST.pool_domains)
    kept = registrar_keys.kept(draft)
    initial = {"pool_domain": offered[0], **draft.values}
    given = request.POST if request else data
    return DomainForm(given, initial=initial, pool_domains=offered, kept=kept[0] if kept else "")


def _own(
    request: HttpRequest, draft: Draft, form: DomainForm, *, again: bool = False
) -> list[dict[str, Any]]:
    """Look at the domain, and ask the registrar. What it refuses stands beside a field, and is
    returned with what to do instead."""
    if "own_domain" in form.errors:
        return []
    wanted = form.cleaned_data["own_domain"]
    try:
        own_domain.look(draft=draft, domain=wanted, request=request, again=again)
    except Problem as problem:
        return [_refuse(form, "own_domain", problem)]
    if form.mode != DomainMode.BY_REGISTRAR or form.refused_credentials:
        return []
    registrar = form.cleaned_data["registrar"]
    try:
        own_domain.check(
            draft=draft,
            domain=wanted,
            registrar=registrar,
            credentials=form.credentials,
            request=request,
            again=again,
        )
    except Problem as problem:
        field = field_name(registrar, str(problem.extra.get("field", "")))
        return [_refuse(form, field if field in form.fields else "registrar", problem)]
    form.keeps(registrar)
    return []


def _refuse(form: DomainForm, field: str, problem: Problem) -> dict[str, Any]:
    form.add_error(field, f"{problem.title}. {problem.detail}".strip())
    return {
        "title": problem.title,
        "detail": problem.detail,
        "steps": problem.extra.get("steps", ()),
        "egress_ip": problem.extra.get("egress_ip", ""),
    }


def _page(
    request: HttpRequest,
    draft: Draft,
    form: DomainForm,
    *,
    found: pools.Availability | None = None,
    refusals: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """The step as a page; to HTMX, which only checks, what was found. `found` is what `dns` said
    about the name under a pool."""
    if found is None:
        typed = (str(form[field].value() or "") for field in ("pool_domain", "subdomain"))
        found = _look(request, *typed)
    return shell.page(
        request,
        draft,
        STEP,
        fragment="sovereign_wizard/wizard/_checked.html",
        form=form,
        found=found,
        names=names.of(found.fqdn) if found else (),
        own_names=names.of(str(draft.looked.get("domain", ""))),
        name_url=reverse("wizard-name"),
        modes=[{"value": m.value, "label": m.label, "help": words} for m, words in MODES],
        nameservers=settings.CATALYST.nameservers,
        egress_ip=registrars.egress_ip(),
        refusals=refusals or _wrong(form),
        looked=draft.looked,
        standing=own_domain.standing(draft) if form.mode == DomainMode.BY_REGISTRAR else None,
        status=status,
    )


def _wrong(form: DomainForm) -> list[dict[str, Any]]:
    """Errors of fields in words of their own, for the fragment: the fields are not in it."""
    return [
        {"title": form[name].label, "detail": " ".join(map(str, errors))}
        for name, errors in form.errors.items()
        if name in form.fields and form.checks(name)
    ]


def _look(request: HttpRequest, pool: str, label: str) -> pools.Availability | None:
    """What `dns` says now; None when nothing was typed or nobody can say."""
    if not pool or not label.strip():
        return None
    try:
        account = shell.person(request).account
        return pools.check(pool=pool, label=label.strip(), account=account)
    except Problem:
        return None
