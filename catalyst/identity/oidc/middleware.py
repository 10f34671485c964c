"""A log-in that came from the issuer is shown there again when its time is up."""

from __future__ import annotations

from datetime import datetime

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from catalyst.api.problems import NotLoggedIn
from catalyst.identity import again
from catalyst.identity.oidc import logins
from catalyst.identity.oidc.problems import GrantRefused
from catalyst.problem import Problem
from catalyst.web.errors import problem_response
from catalyst.web.middleware import AsyncAware

FRESH_UNTIL = "issuer-fresh-until"  # in the session of whoever logged in at the issuer
# Nobody is asked about these: they show nothing of a person, and one must be able to leave.
OPEN = ("/static/", "/healthz", "/readyz", "/metrics", "/logout/", "/oidc/")


class LogInEnded(NotLoggedIn):
    type = "log-in-ended"
    title = "Your log-in has ended"


class StillKnown(AsyncAware):
    """Renews in time, on the server; the browser sees nothing of it.

    Refused: the session ends here too and the person is sent to log in, then back. Away for too
    long: 503, and the session stays for when somebody can say.
    """

    def __call__(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        return self._detour(request) or self.get_response(request)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(OPEN):
            answer: HttpResponseBase = await self.get_response(request)
            return answer
        detour = await sync_to_async(self._detour)(request)
        return detour or await self.get_response(request)

    def _detour(self, request: HttpRequest) -> HttpResponseBase | None:
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
