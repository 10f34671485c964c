"""`/sovereign/operations/`: is everything well, what is stuck, and every figure."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from catalyst.identity.permissions import requires
from catalyst.web import health
from sovereign_wizard.operations import selectors


@requires("operate")
@require_GET
@never_cache
def operations(request: HttpRequest) -> HttpResponseBase:
    """The page; to HTMX its content alone, which comes again every few seconds."""
    checks = health.look()
    tables = selectors.tables()
    context = {
        "checks": checks,
        "well": all(check.well for check in checks),
        "stuck": selectors.stuck(),
        "tables": [table for table in tables if table.rows],
        "empty": [table for table in tables if not table.rows],
        "now": timezone.now(),
    }
    htmx = getattr(request, "htmx", False)
    template = "_figures.html" if htmx else "operations.html"
    return render(request, f"sovereign_wizard/operations/{template}", context)
