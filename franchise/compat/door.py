"""What every view here passes first: method, log-in, predicate; every refusal is problem+json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from catalyst.api.answers import answer, not_allowed
from catalyst.api.problems import NotLoggedIn
from catalyst.identity.permissions import PREDICATES, allowed, names
from catalyst.identity.refusals import refuse
from catalyst.problem import Invalid, Problem
from franchise.compat.documents import BadField

View = Callable[..., HttpResponseBase]


def by_method(predicate: str, **views: View) -> View:
    """One address: `by_method("voucher.manage", GET=listed, POST=issue)`.

    A person is known by their session; what they change needs the CSRF token, unless the address is
    open to anyone: then nobody's session counts and there is nothing to forge.
    """

    def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        try:
            _let_in(request, predicate)
            chosen = views.get(request.method or "")
            if chosen is None:
                return not_allowed(request, ", ".join(sorted(views)))
            return chosen(request, **path)
        except Problem as problem:
            return refused(request, problem)

    view.__qualname__ = "_or_".join(each.__name__ for each in views.values())
    guarded = names(predicate)(never_cache(view))
    return csrf_exempt(guarded) if PREDICATES[predicate].without_login else guarded


def _let_in(request: HttpRequest, predicate: str) -> None:
    if PREDICATES[predicate].without_login:
        return
    if not request.user.is_authenticated:
        raise NotLoggedIn("Log in. Nothing was done.")
    if not allowed(request.user, predicate):
        refuse(request, predicate=predicate)


def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The document of a problem. Bad input is 400 here; the rest of the house says 422."""
    if isinstance(problem, Invalid):
        problem = BadField(problem.detail, **problem.extra)
    return answer(request, problem)
