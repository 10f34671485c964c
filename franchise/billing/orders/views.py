"""Orders in the back office: found, looked at, refunded, cancelled."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.problem import Conflict, Invalid
from catalyst.web import csv_file
from franchise.billing.orders import selectors, services
from franchise.billing.orders.forms import RefundForm, SearchForm
from franchise.billing.orders.models import Order
from franchise.billing.orders.refunding import REFUNDABLE
from franchise.paging import as_file, before, pager

PREDICATE = "billing.manage"


@require_safe
@requires(PREDICATE)
def listed(request: HttpRequest) -> HttpResponseBase:
    """Newest first; `?format=csv` is all that the filter finds, as a file."""
    form = SearchForm(request.GET)
    wanted = form.filter()
    if request.GET.get("format") == "csv":
        return csv_file.answer("orders.csv", selectors.HEADER, selectors.table(**wanted))
    found = selectors.page(**wanted, before=before(request))
    context = {
        "form": form, "rows": found.rows, "is_filtered": any(wanted.values()),
        "pager": pager(request, found.next_before), "csv": as_file(request),
    }  # fmt: skip
    return render(request, "franchise/billing/orders/list.html", context)


@require_safe
@requires(PREDICATE)
def detail(request: HttpRequest, order_id: int) -> HttpResponse:
    """Its lines, how it was paid, what happened to it."""
    order = selectors.one(order_id=order_id)
    typed = step_up.typed(request)
    return _detail(request, order, RefundForm(initial=typed, currency=order.currency))


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def refund(request: HttpRequest, order_id: int) -> HttpResponse:
    """Give back a part or all of it."""
    order = selectors.one(order_id=order_id)
    form = RefundForm(request.POST, currency=order.currency)
    if form.is_valid():
        try:
            made = services.refund(
                order_id=order_id, amount=form.cleaned_data["money"], actor=str(request.user),
                reason=form.cleaned_data["reason"], request=request,
            )  # fmt: skip
        except Invalid as problem:
            form.add_error("amount", problem.detail)
        except Conflict as problem:
            form.add_error(None, f"{problem.title}. {problem.detail}")
        else:
            words = _("%(amount)s goes back. The credit note is %(note)s.")
            said = {"amount": made.amount, "note": made.credit_note.number}
            messages.success(request, words % said)
            return redirect("backoffice-order", order_id)
    return _detail(request, selectors.one(order_id=order_id), form)


@require_POST
@requires(PREDICATE)
def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """One that nobody has paid."""
    services.cancel(order_id=order_id, actor=str(request.user), request=request)
    messages.success(request, _("The order is cancelled. Its credit can be spent again."))
    return redirect("backoffice-order", order_id)


def _detail(request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
    context = {
        "order": order, "form": form, "left": services.left(order),
        "parts": [(part, order.money(part)) for part in ("credit", "card", "rounding")],
        "net": order.money("net"), "tax": order.money("tax"),
        "may_refund": order.state in REFUNDABLE, "is_open": order.state in services.OPEN,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "franchise/billing/orders/detail.html", context, status=status)
