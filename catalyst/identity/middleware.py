"""A person who logged in with a one-time code sets a password before anything else; and when each
person was seen last is kept with the session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from catalyst.api.answers import answer
from catalyst.identity.again import shows_pages
from catalyst.identity.models import User
from catalyst.identity.sessions import note
from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.web.middleware import Detour

PAGE = "/account/password/"
OPEN = ("/logout/", "/static/", "/healthz", "/readyz")


class PasswordNotSet(Problem):
    """For programs; a browser is sent to the page instead."""

    type = "password-not-set"
    title = lazy("You logged in with a one-time code and have set no password yet")
    status = 403


class MustSetPassword(Detour):
    """Sends such a person to the password page from wherever they go; tells programs, which could
    not do anything with a page, that they may not."""

    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(OPEN):
            return None
        user = request.user
        if not isinstance(user, User):
            return None
        note(request)
        if user.must_set_password and not request.path.startswith(PAGE):
            if not shows_pages(request):
                detail = f"Nothing was done. Open {PAGE} in a browser and set one."
                return answer(request, PasswordNotSet(detail))
            return redirect("account-password")
        return None
