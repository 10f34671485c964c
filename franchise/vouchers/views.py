"""Vouchers for those who sell: the list, a form to issue one, and what can be done to each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from catalyst.web import csv_file
from franchise.paging import before, pager
from franchise.vouchers import once, services
from franchise.vouchers.codes import LONGEST_TYPED
from franchise.vouchers.forms import FindForm, IssueForm
from franchise.vouchers.listing import Row, Wanted

BULK = (
    ("paused", lazy("Pause")), ("active", lazy("Resume")), ("revoked", lazy("Revoke")),
)  # fmt: skip
MOST_TICKED = 200
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


def _list(
    request: HttpRequest, form: IssueForm, *, error: str = "", ticked: Collection[int] = ()
) -> HttpResponse:
    find, wanted = sought(request)
    found = services.page(wanted=wanted, before=before(request))
    context = {
        "form": form,
        "find": find,
        "rows": found.rows,
        "bulk": {
            "url": reverse("vouchers-bulk"),
            "acts": BULK,
            "reason": _("Why"),
            "reason_typed": request.POST.get("reason", ""),
            "error": error,
        },
        "ticked": ticked,
        **listed(request, found.next_before),
        **once.take(request),
    }
    status = 422 if form.errors or find.errors or error else 200
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


def listed(request: HttpRequest, next_before: int | None) -> dict[str, Any]:
    """The pager, and the filter as an address: empty when everything is shown."""
    sent = request.GET.items()
    query = urlencode([(name, it) for name, it in sent if it and name != "before"])
    return {"query": query, "pager": pager(request, next_before)}


@require_POST
@requires("voucher.manage")
def bulk(request: HttpRequest) -> HttpResponse:
    """One act on all ticked codes: all of it or nothing."""
    chosen = request.POST.getlist("chosen")
    ticked = [int(each) for each in chosen if each.isascii() and each.isdigit()][:MOST_TICKED]
    try:
        done = services.turn_many(
            voucher_ids=ticked,
            to=request.POST.get("act", ""),
            because=request.POST.get("reason", ""),
            actor=str(request.user),
            request=request,
        )
    except Invalid as problem:
        return _list(request, IssueForm(), error=problem.detail, ticked=ticked)
    messages.success(
        request,
        ngettext("%(count)d voucher was changed.", "%(count)d vouchers were changed.", done)
        % {"count": done},
    )
    return redirect("vouchers")


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
    found = services.find(code=Secret(request.POST.get("code", "")[:LONGEST_TYPED]))
    if found is None:
        messages.error(request, _("No voucher has this code."))
        return redirect("vouchers")
    return redirect("voucher", found.pk)
