"""Revenue: what comes in every month, and how it came to be so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import requires
from catalyst.web import csv_file
from franchise.billing.revenue import selectors
from franchise.billing.revenue.chart import FOOT, HEIGHT, WIDTH, bars
from franchise.billing.settings import services as settings

HEADER = ("month", "currency", "mrr", "by_credit", "by_card", "new", "churned", "net")


@require_safe
@requires("billing.manage")
def revenue(request: HttpRequest) -> HttpResponseBase:
    """Twelve months of one currency, as a chart and as its table."""
    known = selectors.currencies() or [settings.current().currency]
    asked = request.GET.get("currency", "")
    currency = asked if asked in known else known[0]
    found = selectors.months(currency=currency)
    if request.GET.get("format") == "csv":
        return _csv(found)
    return _page(request, found, known, currency)


def _page(
    request: HttpRequest, found: list[selectors.Month], known: list[str], currency: str
) -> HttpResponse:
    context = {
        "now": selectors.now(currency=currency), "months": found, "bars": bars(found),
        "is_empty": not any(month.mrr or month.new or month.churned for month in found),
        "currencies": known, "currency": currency,
        "chart": {"width": WIDTH, "height": HEIGHT, "foot": HEIGHT - FOOT, "words": HEIGHT - 8},
    }  # fmt: skip
    return render(request, "franchise/billing/revenue/page.html", context)


def _csv(found: list[selectors.Month]) -> HttpResponseBase:
    def figure(amount: object) -> str:
        return str(amount).split(" ", 1)[1]

    rows = (
        [f"{month.start:%Y-%m}", month.mrr.currency,
         *map(figure, (month.mrr, month.credit, month.card, month.new, month.churned, month.net))]
        for month in found
    )  # fmt: skip
    return csv_file.answer("revenue.csv", HEADER, rows)
