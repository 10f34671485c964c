"""Vouchers for those who sell: the list, a form to issue one, and what can be done to each.

A new code is shown once, on the page after the form; it travels there as the voucher's id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from franchise.paging import before
from franchise.vouchers import services
from franchise.vouchers.codes import grouped
from franchise.vouchers.forms import IssueForm

SHOW_ONCE = "voucher-to-show"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires("voucher.manage")
def vouchers(request: HttpRequest) -> HttpResponseBase:
    """The list; POST issues a voucher and comes back to show its code once."""
    if request.method == "POST":
        return _issue(request)
    return _list(request, IssueForm(initial=step_up.typed(request)))


@step_up.recently_proved
def _issue(request: HttpRequest) -> HttpResponse:
    form = IssueForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            issued = services.issue(
                credit=data["credit"],
                max_redemptions=data["max_redemptions"],
                expires_at=data["expires_at"],
                label=data["label"],
                actor=str(request.user),
                request=request,
            )
        except Invalid as problem:
            form.add_error(problem.extra["field"], problem.detail)
        else:
            request.session[SHOW_ONCE] = issued.voucher.pk
            return redirect("vouchers")
    return _list(request, form)


def _list(request: HttpRequest, form: IssueForm) -> HttpResponse:
    shown: dict[str, Any] = {}
    if request.method == "GET" and (voucher_id := request.session.pop(SHOW_ONCE, None)):
        shown = _shown(services.code_of(voucher_id=voucher_id))
    found = services.page(before=before(request))
    return render(
        request,
        "franchise/vouchers/list.html",
        {"form": form, "rows": found.rows, "next_before": found.next_before, **shown},
        status=422 if form.errors else 200,
    )


def _shown(code: Secret) -> dict[str, str]:
    text = grouped(code)
    return {"code": text, "redeem_url": redeem_url(), "customer_url": f"{redeem_url()}?code={text}"}


def redeem_url() -> str:
    """Where customers of this installation redeem."""
    fqdn = settings.CATALYST.sovereign_fqdn
    return f"{f'https://{fqdn}' if fqdn else settings.CATALYST.public_url}/redeem"


def _act(service: Callable[..., None], done: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @requires("voucher.manage")
    def view(request: HttpRequest, voucher_id: int) -> HttpResponse:
        service(voucher_id=voucher_id, actor=str(request.user), request=request)
        messages.success(request, done)
        return redirect("vouchers")

    return view


pause = _act(
    services.pause, lazy("The voucher is paused. Nobody can redeem it until you resume it.")
)
resume = _act(services.resume, lazy("The voucher can be redeemed again."))
revoke = _act(services.revoke, lazy("The voucher is revoked. Credit that was given stays."))


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def reprint(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Show a code once more, on the next page; that it was shown is in the audit."""
    services.reprint(voucher_id=voucher_id, actor=str(request.user), request=request)
    request.session[SHOW_ONCE] = voucher_id
    return redirect("vouchers")
