"""One table of predicates: who may do what. Views name a predicate, nothing else decides."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from catalyst.identity.models import Role, User
from catalyst.problem import Forbidden

Predicate = Callable[[User], bool]
View = Callable[..., HttpResponseBase]

PREDICATES: dict[str, Predicate] = {
    "signed-in": lambda user: True,
    "sovereign.provision": lambda user: user.has_role(Role.OPERATOR, Role.MEMBER),
    "operate": lambda user: user.has_role(Role.OPERATOR),
    "voucher.manage": lambda user: user.has_role(Role.OPERATOR, Role.SOVEREIGN_ADMIN),
}


def allowed(user: object, predicate: str) -> bool:
    """Does this person pass the named predicate? People who are not logged in never do."""
    return isinstance(user, User) and user.is_active and PREDICATES[predicate](user)


def requires(predicate: str) -> Callable[[View], View]:
    """Guard a view: log in first, then pass the predicate. The name is kept on the view."""
    PREDICATES[predicate]

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not allowed(request.user, predicate):
                raise Forbidden("Your role does not include this.")
            return view(request, *args, **kwargs)

        guarded.predicate = predicate  # type: ignore[attr-defined]
        return guarded

    return guard
