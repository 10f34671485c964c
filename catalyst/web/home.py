"""Where a person is at home: the first page they may see, for after logging in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalyst.identity.permissions import allowed, requires

# Predicate and place, the first that fits counts; every place exists in its role.
HOMES = {
    "zero": (("sovereign.provision", "/sovereign/"), ("franchise.see", "/backoffice/")),
    "sovereign": (("franchise.see", "/backoffice/"),),
}
OF_CUSTOMERS = "/organizations/mine/"
_OF_EVERYBODY = "/redeem"


@require_safe
@requires("signed-in")
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """On to this person's home; customers have their Organizations."""
    return redirect(place_of(request.user))


def place_of(person: object) -> str:
    """The address of the first page that they may see."""
    for predicate, url in HOMES[settings.CATALYST.role]:
        if allowed(person, predicate):
            return url
    try:
        resolve(OF_CUSTOMERS)
    except Resolver404:
        return _OF_EVERYBODY
    return OF_CUSTOMERS
