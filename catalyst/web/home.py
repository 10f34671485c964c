"""Where a person is at home: the first page they may see, for after logging in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import allowed, requires

# Predicate and place, the first that fits counts; every place exists in its role.
OF_CUSTOMERS = ("signed-in", "/organizations/mine/")
HOMES = {
    "zero": (
        ("sovereign.provision", "/sovereign/"),
        ("franchise.see", "/backoffice/"),
        OF_CUSTOMERS,
    ),
    "sovereign": (("franchise.see", "/backoffice/"), OF_CUSTOMERS),
}


@require_safe
@requires("signed-in")
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """On to this person's home."""
    homes = HOMES[settings.CATALYST.role]
    return redirect(next(url for predicate, url in homes if allowed(request.user, predicate)))
