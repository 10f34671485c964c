"""Vouchers for those who sell: the list, a form to issue one, and what can be done to each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from franchise import csv_file
from franchise.paging import before
from franchise.vouchers import once, services
from franchise.vouchers.forms import FindForm, IssueForm
from franchise.vouchers.listing import Row, Wanted

HEADER = (
    "id", "code", "campaign", "label", "email", "credit", "redeemed", "cap", "open", "from",
    "last_day", "state", "created_by", "created_at",
)  # fmt: skip


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
            once.keep(request, issued.voucher.pk)
            return redirect("vouchers")
    return _list(request, form)


def _list(request: HttpRequest, form: IssueForm) -> HttpResponse:
    find, wanted = sought(request)
    found = services.page(wanted=wanted, before=before(request))
    context = {
        "form": form,
        "find": find,
        "rows": found.rows,
        **listed(find, found.next_before),
        **once.take(request),
    }
    status = 200 if find.is_valid() and not form.errors else 422
    return render(request, "franchise/vouchers/list.html", context, status=status)


def sought(request: HttpRequest) -> tuple[FindForm, Wanted]:
    """What the address asks the list for; what cannot be read is said beside its field."""
    find = FindForm(request.GET)
    if not find.is_valid():
        return find, Wanted()
    data = find.cleaned_data
    return find, Wanted(
        text=data["q"].strip(),
        standing=data["state"],
        sort=data["sort"] or Wanted().sort,
        campaign_id=data["campaign"],
        batch_id=data["batch"],
    )


def listed(find: FindForm, next_before: int | None) -> dict[str, Any]:
    """For the pager: where the next page is, with the same filter."""
    query = {name: value for name, value in find.data.items() if value and name != "before"}
    older = urlencode({**query, "before": next_before}) if next_before else ""
    return {"query": urlencode(query), "sought": bool(query), "older": older}


@require_safe
@requires("voucher.manage")
def table(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, all pages, as a file; codes stay masked."""
    find, wanted = sought(request)
    if not find.is_valid():
        raise Invalid(_("The filter in this address cannot be read."))
    rows = (_cells(row) for row in services.every(wanted=wanted))
    return csv_file.answer("vouchers.csv", HEADER, rows)


def _cells(row: Row) -> list[object]:
    voucher, campaign = row.voucher, row.voucher.campaign
    return [
        voucher.pk, f"…{voucher.last4}", campaign.name, voucher.label, voucher.bound_email,
        campaign.credit, voucher.redeemed, voucher.max_redemptions, row.open,
        campaign.starts_at.date(), voucher.last_day, row.state, voucher.created_by,
        voucher.created_at.isoformat(timespec="seconds"),
    ]  # fmt: skip


@require_POST
@requires("voucher.manage")
def find(request: HttpRequest) -> HttpResponse:
    """From a whole code to its page. The code is posted, so that no address ever holds it."""
    found = services.find(code=Secret(request.POST.get("code", "")[:200]))
    if found is None:
        messages.error(request, _("No voucher has this code."))
        return redirect("vouchers")
    return redirect("voucher", found.pk)
