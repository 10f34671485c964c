"""The public redeem page. A code in the address is taken out of it before anything is shown."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalyst.identity.permissions import names
from catalyst.limits.gate import by_address, by_person, count, refuse, too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from franchise.organizations import services as organizations
from franchise.redeem import pending, services
from franchise.redeem.forms import RedeemForm
from franchise.vouchers.services import preview

DONE = "redeemed"
EVERYBODY = "everybody"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@names("anyone")
def redeem(request: HttpRequest) -> HttpResponse:
    """GET shows the form (and what a remembered code is worth); POST redeems."""
    if request.method == "POST":
        verdict = count({"redeem": by_address(request), "redeem-all": EVERYBODY})
        answer = _post(request) if verdict.allowed else refuse(request, verdict)
        return with_headers(answer, verdict)
    if "code" in request.GET:
        return _take_code(request)
    code = pending.kept(request)
    form = RedeemForm(initial={
        "code": code.reveal() if code else "", "idempotency_key": uuid.uuid4(),
    })  # fmt: skip
    if code is None:
        return _page(request, form)
    seen = preview(code=code)
    status = seen.problem.status if seen.problem else 200
    return _page(request, form, status=status, preview=seen, problem=seen.problem)


def _take_code(request: HttpRequest) -> HttpResponse:
    """Out of the address; what it is worth is shown at an address without it."""
    verdict = count({
        "preview": by_address(request),
        "preview-account": by_person(request),
        "preview-all": EVERYBODY,
    })  # fmt: skip
    if not verdict.allowed:
        return refuse(request, verdict)
    with transaction.atomic():
        pending.keep(request, Secret(request.GET["code"].strip()))
    return with_headers(redirect("redeem"), verdict)


def _post(request: HttpRequest) -> HttpResponse:
    form = RedeemForm(request.POST)
    if not form.is_valid():
        again = _with_new_key(request) if "idempotency_key" in form.errors else form
        return _page(request, again, status=422)
    data = form.cleaned_data
    try:
        _count_account(Secret(data["code"]), data["email"])
        redeemed = services.redeem(
            code=Secret(data["code"]),
            email=data["email"],
            organization_name=data["organization_name"],
            organization_slug=data["organization_slug"],
            idempotency_key=str(data["idempotency_key"]),
            request=request,
        )
    except Problem as problem:
        field = problem.extra.get("field")
        form.add_error(field if field in form.fields else None, problem.detail)
        suggestions = problem.extra.get("suggestions", ())
        return _page(request, form, status=problem.status, suggestions=suggestions)
    pending.forget(request)
    request.session[DONE] = {
        "name": redeemed.organization.name,
        "slug": redeemed.organization.slug,
        "email": redeemed.organization.owner_email,
        "amount": str(redeemed.amount),
        "apps": [each.title for each in organizations.preselected(redeemed.organization)],
    }
    return redirect("redeem-done")


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
    form = RedeemForm(data)
    form.add_error(None, _("This form was not complete. Nothing was redeemed. Send it once more."))
    return form


def _page(
    request: HttpRequest, form: RedeemForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, "franchise/redeem/redeem.html", {"form": form, **context}, status=status)


@never_cache
@require_safe
@names("anyone")
def done(request: HttpRequest) -> HttpResponse:
    """What was created. Without a redemption in this session there is nothing to show."""
    created = request.session.get(DONE)
    if created is None:
        return redirect("redeem")
    return render(request, "franchise/redeem/done.html", {"created": created})
