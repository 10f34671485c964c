"""The list of Organizations, for those who manage vouchers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import requires
from franchise.organizations import services
from franchise.paging import before
from franchise.vouchers.services import credit_of


@require_safe
@requires("voucher.manage")
def organizations(request: HttpRequest) -> HttpResponse:
    """Who has joined, when, and with how much voucher credit."""
    found = services.page(before=before(request))
    credit = credit_of(organization_ids=[row.pk for row in found.rows])
    rows = [(row, credit.get(row.pk, [])) for row in found.rows]
    context = {"rows": rows, "next_before": found.next_before}
    return render(request, "franchise/organizations/list.html", context)
