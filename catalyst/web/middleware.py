"""Request ids, security headers, and Problems turned into answers."""

from __future__ import annotations

import secrets
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from catalyst.api.problems import BodyTooLarge
from catalyst.audit import context
from catalyst.identity.oidc.addresses import origin as issuer_origin
from catalyst.problem import Problem
from catalyst.web.errors import API, problem_response

REPORTS = "/csp-report"
MOST_BYTES = 2 * 1_048_576  # the largest thing anybody sends is a kubeconfig, 1 MiB
# Everything a page of ours never asks for.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation"),
        *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
    )
)
Answer = Callable[[HttpRequest], Any]


class LengthRequired(Problem):
    type = "length-required"
    title = "The request does not say how long it is"
    status = 411


class AsyncAware:
    """Base of middleware that works both ways, so that the event stream stays asynchronous."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        self.before(request)
        return self.after(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        self.before(request)
        return self.after(request, await self.get_response(request))

    def before(self, request: HttpRequest) -> None: ...

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response


class Detour(AsyncAware, ABC):
    """Base of middleware that may answer in the place of the page; that looks at rows, and so never
    happens on the event loop."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        found: HttpResponseBase = self.detour(request) or self.get_response(request)
        return found

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        found: HttpResponseBase | None = await sync_to_async(self.detour)(request)
        return found or await self.get_response(request)

    @abstractmethod
    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        """None: the page answers."""


class RequestId(AsyncAware):
    """Gives every request an id that is in the log, on error pages and in the answer."""

    def before(self, request: HttpRequest) -> None:
        request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
        context.begin(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        context.end()
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class SecurityHeaders(AsyncAware):
    """CSP from `default-src 'none'`, with a nonce a template may use; no inline, no third party."""

    def before(self, request: HttpRequest) -> None:
        request.csp_nonce = secrets.token_urlsafe(18)  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        nonce = request.csp_nonce  # type: ignore[attr-defined]
        policy = {
            "default-src": "'none'",
            "script-src": f"'self' 'nonce-{nonce}'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": f"'self'{_sockets(request)}",
            "manifest-src": "'self'",
            # Forms of ours may end at the issuer: log-out, and the proof before an act.
            "form-action": f"'self' {issuer_origin()}".rstrip(),
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            "report-uri": REPORTS,  # browsers that know no report-to
            "report-to": "csp",
        }
        response.setdefault(
            "Content-Security-Policy",
            "; ".join(f"{name} {value}" for name, value in policy.items()),
        )
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Reporting-Endpoints", f'csp="{REPORTS}"')
        session = getattr(request, "session", None)
        if session is not None and session.accessed and SESSION_KEY in session:
            # What was made for one person is no cache's and no later person's at this screen.
            response.setdefault("Cache-Control", "no-store")
        return response


def _sockets(request: HttpRequest) -> str:
    """Some browsers do not count `ws(s):` to this host as 'self'; nothing for a host not ours."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    return f" {'wss' if request.is_secure() else 'ws'}://{host}"


class BodyLimit(AsyncAware):
    """No request carries more than `MOST_BYTES`; one that does not say how much is not read."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        problem = _too_much(request)
        if problem is None:
            return super().__call__(request)
        refusal = problem_response(request, problem)
        return _as_awaitable(refusal) if iscoroutinefunction(self.get_response) else refusal


async def _as_awaitable(response: HttpResponseBase) -> HttpResponseBase:
    return response


def _too_much(request: HttpRequest) -> Problem | None:
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit():
        too_large = int(length) > MOST_BYTES
        return BodyTooLarge(f"Send at most {MOST_BYTES} bytes.") if too_large else None
    # The API counts what it reads (catalyst.api.door); a form is read by Django, which does not.
    if "Transfer-Encoding" in request.headers and not request.path.startswith(API):
        return LengthRequired("Send the form with its length.")
    return None


class Problems(AsyncAware):
    """A Problem raised by a view becomes a page, a fragment or problem+json."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, Problem):
            return problem_response(request, exception)
        return None
