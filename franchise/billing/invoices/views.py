"""Invoices and credit notes in the back office, and as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import requires
from catalyst.web import csv_file
from franchise import paging
from franchise.billing.invoices import selectors, services
from franchise.billing.invoices.forms import SearchForm
from franchise.billing.invoices.models import CreditNote, Invoice
from franchise.billing.invoices.pdf import draw

PREDICATE = "billing.manage"


@require_safe
@requires(PREDICATE)
def listed(request: HttpRequest) -> HttpResponseBase:
    """Newest first; `?format=csv` is all that the filter finds, as a file."""
    form = SearchForm(request.GET)
    wanted = form.filter()
    if request.GET.get("format") == "csv":
        return csv_file.answer("invoices.csv", selectors.HEADER, selectors.table(**wanted))
    found = selectors.page(**wanted, before=paging.before(request))
    context = {
        "form": form, "rows": found.rows, "is_filtered": any(wanted.values()),
        "pager": paging.pager(request, found.next_before), "csv": paging.as_file(request),
    }  # fmt: skip
    return render(request, "franchise/billing/invoices/list.html", context)


@require_safe
@requires(PREDICATE)
def file(request: HttpRequest, document_number: str) -> HttpResponse:
    """Of any Organization."""
    return as_file(request, services.document(number=document_number))


def as_file(request: HttpRequest, paper: Invoice | CreditNote) -> HttpResponse:
    """The PDF, in the reader's language unless another is asked for."""
    asked = request.GET.get("language", "") or str(get_language() or "en")
    language = "ar" if asked.startswith("ar") else "en"
    answer = HttpResponse(draw(paper.snapshot, language=language), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{paper.number}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
