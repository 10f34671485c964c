"""The public redeem page. A code in the address is taken out of it before anything is shown."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalyst.identity.models import User
from catalyst.identity.permissions import names
from catalyst.limits.gate import refuse, too_many, with_headers
from catalyst.limits.services import Verdict, hit
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from franchise.applications import services as applications
from franchise.organizations import services as organizations
from franchise.organizations.members import services as members
from franchise.organizations.members.roles import MemberRole, may
from franchise.redeem import description, pending, readers, services, tries
from franchise.redeem.forms import MemberForm, RedeemForm
from franchise.vouchers.services import preview

DONE = "redeemed"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@names("anyone")
def redeem(request: HttpRequest) -> HttpResponse:
    """GET shows the form (and what a remembered code is worth); POST redeems."""
    if request.method == "POST":
        verdict = tries.of_redeem(request)
        answer = _post(request) if verdict.allowed else _later(request, verdict)
        return with_headers(answer, verdict)
    if "code" in request.GET:
        return _take_code(request)
    code = pending.kept(request)
    form = _form(request, initial={
        "code": code.reveal() if code else "", "idempotency_key": uuid.uuid4(),
    })  # fmt: skip
    if code is None:
        return _page(request, form)
    seen = preview(code=code)
    status = seen.problem.status if seen.problem else 200
    words = description.of(voucher_id=seen.voucher_id) if seen.voucher_id else ""
    return _page(
        request, form, status=status, preview=seen, problem=seen.problem, description=words
    )


def _form(request: HttpRequest, data: Any = None, **options: Any) -> RedeemForm:
    """The visitor's form, or that of somebody who is logged in."""
    options["offered"] = applications.offered()
    if not isinstance(request.user, User):
        return RedeemForm(data, **options)
    found = [
        each.organization
        for each in members.of_person(user=request.user)
        if may(each.role, MemberRole.BILLING) and each.organization.is_open
    ]
    return MemberForm(data, organizations=found, **options)


def _later(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    """Too many tries, or nobody can count them: what was typed stays in the form."""
    problem = too_many(verdict, _("Nothing was redeemed."))
    form = _form(request, request.POST)
    form.add_error(None, problem.detail)
    return _page(request, form, status=problem.status)


def _take_code(request: HttpRequest) -> HttpResponse:
    """Out of the address; what it is worth is shown at an address without it."""
    verdict = tries.of_preview(request)
    if not verdict.allowed:
        return refuse(request, verdict)
    with transaction.atomic():
        pending.keep(request, Secret(request.GET["code"].strip()))
    return with_headers(redirect("redeem"), verdict)


def _post(request: HttpRequest) -> HttpResponse:
    form = _form(request, request.POST)
    if not form.is_valid():
        again = _with_new_key(request) if "idempotency_key" in form.errors else form
        return _page(request, again, status=422)
    try:
        redeemed = _redeem(request, form.cleaned_data)
    except Problem as problem:
        field = problem.extra.get("field")
        form.add_error(field if field in form.fields else None, problem.detail)
        context = {"suggestions": problem.extra.get("suggestions", ())}
        if request.user.is_authenticated:
            context["has_it"] = problem.extra.get("organization", "")
        return _page(request, form, status=problem.status, **context)
    pending.forget(request)
    readers.remember(request, redeemed.redemption_id)
    if redeemed.app is not None:
        return redirect("redeem-progress", redeemed.redemption_id)
    request.session[DONE] = {
        "name": redeemed.organization.name,
        "slug": redeemed.organization.slug,
        "email": redeemed.organization.owner_email,
        "amount": str(redeemed.amount),
        "apps": [each.title for each in organizations.preselected(redeemed.organization)],
        "is_new": form.cleaned_data.get("organization_id") is None,
    }
    return redirect("redeem-done")


def _redeem(request: HttpRequest, data: dict[str, Any]) -> services.Redeemed:
    user = request.user if isinstance(request.user, User) else None
    email = user.email if user else data["email"]
    code, key = Secret(data["code"]), str(data["idempotency_key"])
    _count_account(code, email)
    if user and (organization_id := data["organization_id"]):
        return services.redeem_for(
            code=code,
            user=user,
            organization_id=organization_id,
            blueprint=data.get("blueprint", ""),
            idempotency_key=key,
            request=request,
        )
    return services.redeem(
        code=code,
        email=email,
        organization_name=data["organization_name"],
        organization_slug=data["organization_slug"],
        user=user,
        blueprint=data.get("blueprint", ""),
        idempotency_key=key,
        request=request,
    )


def _count_account(code: Secret, email: str) -> None:
    """Raises TooMany when this e-mail redeemed too often; only a good code counts."""
    if preview(code=code).problem is None:
        verdict = hit(action="redeem-account", key=email.strip().lower())
        if not verdict.allowed:
            raise too_many(verdict, _("Nothing was redeemed."))


def _with_new_key(request: HttpRequest) -> RedeemForm:
    """The same form, ready to be sent again; only a hidden field was not as we made it."""
    data = request.POST.copy()
    data["idempotency_key"] = str(uuid.uuid4())
    form = _form(request, data)
    form.add_error(None, _("This form was not complete. Nothing was redeemed. Send it once more."))
    return form


def _page(
    request: HttpRequest, form: RedeemForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    told = {"form": form, "login_url": f"{reverse('login')}?next={reverse('redeem')}", **context}
    return render(request, "franchise/redeem/redeem.html", told, status=status)


@never_cache
@require_safe
@names("anyone")
def done(request: HttpRequest) -> HttpResponse:
    """What was created. Without a redemption in this session there is nothing to show."""
    created = request.session.get(DONE)
    if created is None:
        return redirect("redeem")
    return render(request, "franchise/redeem/done.html", {"created": created})
