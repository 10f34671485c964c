"""A log-in that came from the issuer is shown there again when its time is up."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from catalyst.api.problems import NotLoggedIn
from catalyst.identity import again
from catalyst.identity.oidc import logins
from catalyst.identity.oidc.problems import GrantRefused
from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.web.errors import problem_response
from catalyst.web.middleware import Detour

FRESH_UNTIL = "issuer-fresh-until"  # in the session of whoever logged in at the issuer
# Nobody is asked about these: they show nothing of a person, and one must be able to leave.
OPEN = ("/static/", "/healthz", "/readyz", "/metrics", "/logout/", "/oidc/")


class LogInEnded(NotLoggedIn):
    type = "log-in-ended"
    title = lazy("Your log-in has ended")


class StillKnown(Detour):
    """Renews in time, on the server; the browser sees nothing of it.

    Refused: the session ends here too and the person is sent to log in, then back. Away for too
    long: 503, and the session stays for when somebody can say.
    """

    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(OPEN):
            return None
        until = request.session.get(FRESH_UNTIL)
        if until is None or datetime.fromisoformat(until) > timezone.now():
            return None
        try:
            renewed = logins.renew(str(request.session.session_key))
        except GrantRefused:
            logout(request)
            return again.log_in(request, LogInEnded("Log in again. Nothing was done."))
        except Problem as problem:  # the issuer is away, or the vault
            return problem_response(request, problem)
        request.session[FRESH_UNTIL] = renewed.isoformat()
        return None  # nobody has read the person yet: whoever does sees the roles of now
