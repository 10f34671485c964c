"""The page of one code, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalyst.audit.selectors import events_about
from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Invalid
from franchise.paging import before
from franchise.vouchers import once, services
from franchise.vouchers.forms import BecauseForm, CodeEditForm
from franchise.vouchers.states import Standing


@never_cache
@require_safe
@requires("voucher.manage")
def voucher(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """One code: what it is, who used it, what was done to it."""
    return _detail(request, voucher_id)


def _detail(
    request: HttpRequest,
    voucher_id: int,
    *,
    edit: CodeEditForm | None = None,
    revoke: BecauseForm | None = None,
    reissue: BecauseForm | None = None,
) -> HttpResponse:
    row = services.one(voucher_id=voucher_id)
    used = services.redemptions(voucher_id=voucher_id, before=before(request))
    context = {
        "row": row,
        "voucher": row.voucher,
        "campaign": row.voucher.campaign,
        "ended": row.state == Standing.REVOKED,
        "redemptions": used.rows,
        "next_before": used.next_before,
        "events": events_about(object=f"voucher:{voucher_id}"),
        "edit": edit or CodeEditForm(row.voucher),
        "revoke": revoke or BecauseForm(auto_id="id_revoke_%s"),
        "reissue": reissue or BecauseForm(auto_id="id_reissue_%s"),
        **once.take(request),
    }
    status = 422 if any(form and form.errors for form in (edit, revoke, reissue)) else 200
    return render(request, "franchise/vouchers/voucher.html", context, status=status)


def _act(service: Callable[..., None], done: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @requires("voucher.manage")
    def view(request: HttpRequest, voucher_id: int) -> HttpResponse:
        service(voucher_id=voucher_id, actor=str(request.user), request=request)
        messages.success(request, done)
        return redirect("voucher", voucher_id)

    return view


pause = _act(
    services.pause, lazy("The voucher is paused. Nobody can redeem it until you resume it.")
)
resume = _act(services.resume, lazy("The voucher can be redeemed again."))


@require_POST
@requires("voucher.manage")
def revoke(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """End a code for good, and say why."""
    form = BecauseForm(request.POST, auto_id="id_revoke_%s")
    if not form.is_valid():
        return _detail(request, voucher_id, revoke=form)
    services.revoke(
        voucher_id=voucher_id, because=form.cleaned_data["because"], actor=str(request.user),
        request=request,
    )  # fmt: skip
    messages.success(request, _("The voucher is revoked. Credit that was given stays."))
    return redirect("voucher", voucher_id)


@require_POST
@requires("voucher.manage")
def edit(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Another end, cap or label; what is not sent stays."""
    form = CodeEditForm(services.one(voucher_id=voucher_id).voucher, request.POST)
    if form.is_valid():
        try:
            services.edit_code(
                voucher_id=voucher_id, changes=form.changes(), actor=str(request.user),
                request=request,
            )  # fmt: skip
        except Invalid as problem:
            form.add_error(problem.extra["field"], problem.detail)
        else:
            messages.success(request, _("The voucher is changed."))
            return redirect("voucher", voucher_id)
    return _detail(request, voucher_id, edit=form)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def reissue(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """End a code and show the one in its place."""
    form = BecauseForm(request.POST, auto_id="id_reissue_%s")
    if not form.is_valid():
        return _detail(request, voucher_id, reissue=form)
    issued = services.reissue(
        voucher_id=voucher_id, because=form.cleaned_data["because"], actor=str(request.user),
        request=request,
    )  # fmt: skip
    once.keep(request, issued.voucher.pk)
    return redirect("voucher", issued.voucher.pk)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def reprint(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Show a code once more, on the next page; that it was shown is in the audit."""
    services.reprint(voucher_id=voucher_id, actor=str(request.user), request=request)
    once.keep(request, voucher_id)
    return redirect("voucher", voucher_id)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def qr(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """The QR code of a redeem link as a file; like showing the code."""
    services.reprint(voucher_id=voucher_id, actor=str(request.user), request=request)
    drawn = once.qr_of(voucher_id)
    name = f"voucher-{voucher_id}.svg"
    return HttpResponse(
        drawn,
        content_type="image/svg+xml",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
