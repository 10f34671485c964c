"""Campaigns for those who sell: the list, a form for the rules, and the page of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.audit.selectors import events_about
from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Problem
from franchise.paging import before
from franchise.vouchers import exporting, once, services
from franchise.vouchers.campaign_forms import FIELD_OF, CampaignForm, EditForm
from franchise.vouchers.forms import BecauseForm, CodesForm
from franchise.vouchers.listing import Wanted
from franchise.vouchers.states import Standing
from franchise.vouchers.views import listed, sought


@never_cache
@require_safe
@requires("voucher.manage")
def campaigns(request: HttpRequest) -> HttpResponse:
    """All campaigns, newest first."""
    find, wanted = sought(request)
    found = services.campaigns(wanted=wanted, before=before(request))
    context = {"find": find, "rows": found.rows, **listed(request, found.next_before)}
    status = 200 if find.is_valid() else 422
    return render(request, "franchise/vouchers/campaigns.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires("voucher.manage")
def new(request: HttpRequest) -> HttpResponse:
    """The rules of a new campaign; its codes are made on its page."""
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_campaign(
                wanted=form.rules(), actor=str(request.user), request=request
            )
        except Problem as problem:
            beside(form, problem)
        else:
            return redirect("campaign", made.pk)
    context = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "franchise/vouchers/new_campaign.html", context, status=status)


@never_cache
@require_safe
@requires("voucher.manage")
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign: rules, codes, redemptions, what was done to it."""
    return _detail(request, campaign_id)


def _detail(
    request: HttpRequest,
    campaign_id: int,
    *,
    codes: CodesForm | None = None,
    revoke: BecauseForm | None = None,
) -> HttpResponse:
    row = services.campaign(campaign_id=campaign_id)
    of_it = Wanted(campaign_id=campaign_id)
    made = services.batches(campaign_id=campaign_id)
    used = services.redemptions(campaign_id=campaign_id, before=before(request))
    context = {
        "row": row,
        "campaign": row.campaign,
        "ended": row.state == Standing.REVOKED,
        "codes": codes or CodesForm(initial=step_up.typed(request)),
        "revoke": revoke or BecauseForm(),
        "newest": services.page(wanted=of_it, limit=10).rows,
        "batches": [(each, exporting.parts(each)) for each in made],
        "redemptions": used.rows,
        "next_before": used.next_before,
        "events": events_about(object=f"campaign:{campaign_id}"),
        **once.take(request),
    }
    status = 422 if any(form and form.errors for form in (codes, revoke)) else 200
    return render(request, "franchise/vouchers/campaign.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires("voucher.manage")
def edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change rules; what is not sent stays, what was promised stays."""
    row = services.campaign(campaign_id=campaign_id)
    sent = request.POST if request.method == "POST" else None
    form = EditForm(row.campaign, sent)
    if sent is not None and form.is_valid():
        try:
            services.edit_campaign(
                campaign_id=campaign_id,
                changes=form.changes(),
                version=form.cleaned_data["version"],
                actor=str(request.user),
                request=request,
            )
        except Problem as problem:
            beside(form, problem)
        else:
            messages.success(request, _("The campaign is changed."))
            return redirect("campaign", campaign_id)
    context = {"form": form, "row": row, "campaign": row.campaign}
    status = 422 if form.errors else 200
    return render(request, "franchise/vouchers/edit_campaign.html", context, status=status)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def add_codes(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One code is shown once; a batch is printed from its line; mailed ones are on their way."""
    form = CodesForm(request.POST)
    if not form.is_valid():
        return _detail(request, campaign_id, codes=form)
    try:
        _make(request, campaign_id, form.cleaned_data)
    except Problem as problem:
        beside(form, problem)
        return _detail(request, campaign_id, codes=form)
    return redirect("campaign", campaign_id)


def _make(request: HttpRequest, campaign_id: int, data: dict[str, Any]) -> None:
    common: dict[str, Any] = {
        "campaign_id": campaign_id,
        "label": data["label"],
        "max_redemptions": data["max_redemptions"],
        "actor": str(request.user),
        "request": request,
    }
    size = data["size"] or 1
    if data["recipients"]:
        services.issue_by_mail(
            recipients=data["recipients"], redeem_url=once.redeem_url(), **common
        )
        messages.success(request, _("The codes are on their way by mail."))
    elif data["chosen"] or size == 1:
        once.keep(request, services.add_code(code=data["chosen"], **common).voucher.pk)
    else:
        services.add_batch(size=size, **common)
        messages.success(request, _("The codes are made. Print them from their batch below."))


def beside(form: CampaignForm | CodesForm, problem: Problem) -> None:
    """Say it beside the field it is about, if the form has it."""
    field = str(problem.extra.get("field", ""))
    field = {"expires_on": "ends_on", **FIELD_OF}.get(field, field)
    form.add_error(field if field in form.fields else None, problem.detail)


def _act(service: Callable[..., None], done: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @requires("voucher.manage")
    def view(request: HttpRequest, campaign_id: int) -> HttpResponse:
        service(campaign_id=campaign_id, actor=str(request.user), request=request)
        messages.success(request, done)
        return redirect("campaign", campaign_id)

    return view


pause = _act(
    services.pause_campaign,
    lazy("The campaign is paused. None of its codes can be redeemed until you resume it."),
)
resume = _act(services.resume_campaign, lazy("The campaign goes on."))


@require_POST
@requires("voucher.manage")
def revoke(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """End all its codes for good, and say why."""
    form = BecauseForm(request.POST)
    if not form.is_valid():
        return _detail(request, campaign_id, revoke=form)
    services.revoke_campaign(
        campaign_id=campaign_id, because=form.cleaned_data["because"], actor=str(request.user),
        request=request,
    )  # fmt: skip
    messages.success(request, _("The campaign is revoked. Credit that was given stays."))
    return redirect("campaign", campaign_id)
