"""To the issuer, back from it, and what it tells us behind the browser's back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from catalyst.api.door import read_body
from catalyst.audit.services import record
from catalyst.identity import again, step_up
from catalyst.identity.models import User
from catalyst.identity.oidc import claims as judge
from catalyst.identity.oidc import issuer, logins
from catalyst.identity.oidc.addresses import callback_url
from catalyst.identity.oidc.middleware import FRESH_UNTIL
from catalyst.identity.oidc.problems import IssuerAway, LogInRefused, TokenRefused
from catalyst.identity.permissions import names
from catalyst.identity.sessions import FACTS
from catalyst.limits.gate import by_address, limited
from catalyst.problem import NotFound, Problem

log = structlog.get_logger(__name__)
STATES = "oidc_states"  # mozilla-django-oidc's place in the session
LARGEST = 16_384  # bytes of a logout token's form; Keycloak's have 1500
# RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6: what a person can do about it.
SAID = {
    "access_denied": "The log-in was given up at the log-in service.",
    "temporarily_unavailable": "The log-in service is busy. Try again in a minute.",
    "login_required": "Log in at the log-in service.",
}


def _only_with_an_issuer() -> None:
    if not settings.CATALYST.oidc_issuer:
        raise NotFound("There is no log-in service here. Log in with a password.")


@method_decorator([never_cache, limited("log-in-address", key=by_address)], name="dispatch")
@method_decorator(names("anyone"), name="dispatch")
class Begin(OIDCAuthenticationRequestView):  # type: ignore[misc]  # it has no types
    """Sends the browser to the issuer with state, nonce and PKCE challenge of its own.

    `next`: where to be afterwards. `again`: prove anew who you are, though you are logged in there.
    """

    def __init__(self, **options: Any) -> None:
        """The library reads addresses from settings here; ours come with the request."""
        super(OIDCAuthenticationRequestView, self).__init__(**options)

    def get(self, request: HttpRequest) -> HttpResponse:
        _only_with_an_issuer()
        self.OIDC_OP_AUTH_ENDPOINT = issuer.current().authorization_endpoint
        self.OIDC_RP_CLIENT_ID = settings.CATALYST.oidc_client_id
        answer: HttpResponse = super().get(request)
        [state] = parse_qs(urlsplit(answer["Location"]).query)["state"]
        request.session[STATES][state] |= {
            "next": again.own_path(request, request.GET.get("next", "")),
            "again": self._proves_anew(request),
        }
        return answer

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        anew = {"prompt": "login", "max_age": "0"} if self._proves_anew(request) else {}
        return {"redirect_uri": callback_url(self.request), **anew}

    @staticmethod
    def _proves_anew(request: HttpRequest) -> bool:
        return "again" in request.GET and request.user.is_authenticated


@method_decorator([never_cache, limited("log-in-address", key=by_address)], name="dispatch")
@method_decorator(names("anyone"), name="dispatch")
class Callback(OIDCAuthenticationCallbackView):  # type: ignore[misc]  # it has no types
    """Takes the code. Whatever is wrong raises a Problem, and nobody is logged in by it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _only_with_an_issuer()
        states = request.session.get(STATES)
        state = request.GET.get("state", "")
        if not isinstance(states, dict) or state not in states:
            raise LogInRefused("This log-in was not begun in this browser, or long ago. Try again.")
        self.asked: dict[str, Any] = states[state]
        try:
            self._is_the_issuers(request)
            if "error" in request.GET:
                raise LogInRefused(SAID.get(request.GET["error"], "The log-in service said no."))
            answer: HttpResponse = super().get(request)
        except LogInRefused as problem:
            self._forget(request, state)
            self._audit_refusal(problem)
            raise
        return answer

    def login_success(self) -> HttpResponse:
        """All of it or nothing: what fails leaves browser and rows as they were before."""
        request, answer = self.request, self.request.issuer_answer
        before, who = request.session.session_key, request.user
        at = judge.logged_in_at(answer.claims)
        if self.asked["again"]:
            self._is_the_same(at)
        is_in = False
        try:
            with logins.keeping(answer) as keep:
                self._enter(request, at, keep)
            is_in = True
        finally:
            if not is_in:
                request.session, request.user = type(request.session)(before), who
        return HttpResponseRedirect(self.asked["next"])

    def _enter(self, request: HttpRequest, at: int, keep: Callable[[str], datetime]) -> None:
        """Either way the session gets a new name (ASVS 7.2.4)."""
        logins.forget(request.session.session_key)
        if self.asked["again"]:
            request.session.cycle_key()
        else:
            request.session.pop(FACTS, None)
            auth.login(request, self.user)
        session = request.session
        session.pop(STATES, None)
        step_up.proved(request, at)
        session.save()  # the row the log-in belongs to
        session[FRESH_UNTIL] = keep(str(session.session_key)).isoformat()
        session.save()
        record(
            actor=str(self.user),
            act="identity.proved-again" if self.asked["again"] else "identity.log-in",
            object=f"user:{self.user.pk}",
            request=request,
            person=self.user,
        )

    def login_failure(self) -> HttpResponse:
        raise LogInRefused("The log-in service sent no code. Try again.")

    def _is_the_same(self, at: int) -> None:
        """The person who is logged in here proved it after we asked."""
        user = self.request.user
        if not isinstance(user, User) or user.pk != self.user.pk:
            raise LogInRefused("Somebody else proved who they are. You are still who you were.")
        if at < int(self.asked["added_on"]) - judge.LEEWAY:
            raise TokenRefused("auth_time is older than the question")

    def _is_the_issuers(self, request: HttpRequest) -> None:
        """The answer of another issuer is not taken to ours (RFC 9207)."""
        at = issuer.current()
        said = request.GET.get("iss")
        if said != at.name and (said is not None or at.names_itself):
            raise TokenRefused("answer of another issuer")

    @staticmethod
    def _forget(request: HttpRequest, state: str) -> None:
        """A state is used up by whatever came of it."""
        if request.session.get(STATES, {}).pop(state, None):
            request.session.modified = True

    def _audit_refusal(self, problem: LogInRefused) -> None:
        reason = getattr(problem, "reason", problem.detail)
        log.info("log-in refused", reason=reason)
        with transaction.atomic():
            record(
                actor="anonymous",
                act="identity.log-in-refused",
                object="login",
                after={"reason": reason},
                request=self.request,
            )


@csrf_exempt  # the issuer has no cookie of ours; its signature is the proof
@require_POST
@limited("issuer-log-out", key=by_address)
@names("issuer")
def back_channel(request: HttpRequest) -> HttpResponse:
    """Back-Channel Logout 1.0 §2.5: 200 when the log-ins named are over, 400 for no such token."""
    try:
        _only_with_an_issuer()
        read_body(request, limit=LARGEST)
        ended = logins.end_by(judge.of_logout_token(request.POST.get("logout_token")))
    except IssuerAway as problem:  # its keys cannot be had: it may ask again
        return _said(problem.status, "temporarily_unavailable")
    except Problem as problem:
        log.info("back-channel log-out refused", reason=getattr(problem, "reason", problem.type))
        return _said(400, "invalid_request")
    log.info("back-channel log-out", ended=ended)
    return HttpResponse(headers={"Cache-Control": "no-store"})


def _said(status: int, error: str) -> HttpResponse:
    return JsonResponse({"error": error}, status=status, headers={"Cache-Control": "no-store"})
