"""The book for those who answer for it: what was booked, corrections by hand, the month's end."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.problem import Invalid
from catalyst.web import csv_file
from franchise.ledger import services
from franchise.ledger.checking import check_now
from franchise.ledger.forms import AdjustForm, FindForm, MonthForm
from franchise.ledger.problems import NotEnoughCredit
from franchise.ledger.reading import one, page
from franchise.ledger.settlement import FIGURES, Settlement
from franchise.paging import before, pager


@require_safe
@requires("billing.manage")
def ledger(request: HttpRequest) -> HttpResponse:
    """All transactions, newest first, and what the nightly check found."""
    form = FindForm(request.GET)
    sought = form.cleaned_data if form.is_valid() else {}
    found = page(
        organization=sought.get("organization", "").strip(),
        kind=sought.get("kind", ""),
        before=before(request),
    )
    context = {
        "form": form,
        "rows": found.rows,
        "is_filtered": any(sought.values()),
        "pager": pager(request, found.next_before),
        "check": services.last_check(),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "franchise/ledger/list.html", context, status=status)


@require_safe
@requires("billing.manage")
def transaction(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """One of them with its entries."""
    context = {"transaction": one(transaction_id=transaction_id)}
    return render(request, "franchise/ledger/transaction.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("billing.manage")
def adjust(request: HttpRequest) -> HttpResponseBase:
    """Give goodwill or take credit away, for a reason."""
    if request.method == "POST":
        return _adjust(request)
    wanted = {"organization": request.GET.get("organization", "")}
    return _form(request, AdjustForm(initial={**wanted, **step_up.typed(request)}))


@step_up.recently_proved
def _adjust(request: HttpRequest) -> HttpResponse:
    form = AdjustForm(request.POST)
    if not form.is_valid():
        return _form(request, form)
    data = form.cleaned_data
    try:
        made = services.adjust(
            organization_id=data["organization_id"],
            amount=data["money"],
            reason=data["reason"],
            expires_at=data["expires_at"],
            source=f"adjust:{data['once']}",
            actor=str(request.user),
            request=request,
        )
    except NotEnoughCredit as problem:
        form.add_error("amount", problem.detail)
    except Invalid as problem:
        form.add_error(problem.extra["field"], problem.detail)
    else:
        messages.success(request, _("It is booked."))
        return redirect("ledger-transaction", made.pk)
    return _form(request, form)


def _form(request: HttpRequest, form: AdjustForm) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "franchise/ledger/adjust.html", {"form": form}, status=status)


@require_POST
@requires("billing.manage")
def check(request: HttpRequest) -> HttpResponse:
    """Look now instead of tonight."""
    kept = check_now(actor=str(request.user))
    if kept.problems:
        messages.error(request, _("The ledger does not fit. What was found is below."))
    else:
        messages.success(request, _("The ledger was checked: everything fits."))
    return redirect("ledger")


@require_safe
@requires("billing.manage")
def settlement(request: HttpRequest) -> HttpResponse:
    """A month, per currency; this one unless another is asked for."""
    form, found = _month(request)
    context = {"form": form, "settlement": found}
    status = 200 if found else 422
    return render(request, "franchise/ledger/settlement.html", context, status=status)


@require_safe
@requires("billing.manage")
def settlement_file(request: HttpRequest) -> HttpResponseBase:
    """The same as a table for a spreadsheet. Raises Invalid."""
    _form, found = _month(request)
    if found is None:
        raise Invalid(_("Choose a month like 2026-11."), field="month")
    header = ["month", "currency", *(name for name, _words in FIGURES)]
    return csv_file.answer(f"settlement-{found.name}.csv", header, _lines(found))


def _month(request: HttpRequest) -> tuple[MonthForm, Settlement | None]:
    now = timezone.now()
    form = MonthForm({"month": request.GET.get("month") or f"{now.year}-{now.month:02}"})
    if form.is_valid():
        year, month = form.cleaned_data["month"]
        try:
            return form, services.settlement(year=year, month=month)
        except Invalid as problem:
            form.add_error("month", problem.detail)
    return form, None


def _lines(found: Settlement) -> Iterator[list[object]]:
    for line in found.lines:
        amounts = [line.figure(name) for name, _words in FIGURES]
        plain = [None if each is None else Decimal(str(each).split()[-1]) for each in amounts]
        yield [found.name, line.currency, *plain]
