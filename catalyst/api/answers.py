"""Every error of the API as one `application/problem+json` document (RFC 9457), whatever raised it.

What the log is told about a mistake of ours stays in the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from catalyst.api.problems import BodyTooLarge, MethodNotAllowed, NotJson, NotLoggedIn
from catalyst.identity.permissions import names
from catalyst.problem import Invalid, NotFound, Problem
from catalyst.web.errors import CONTENT_TYPE, Broken, CsrfFailed, answer

__all__ = ["CONTENT_TYPE", "answer", "not_allowed", "nowhere", "teach"]
log = structlog.get_logger(__name__)


@names("anyone")
def nowhere(request: HttpRequest, **path: Any) -> HttpResponse:
    """The view of every address below the API that is none."""
    return answer(request, NotFound("There is nothing at this address."))


def not_allowed(request: HttpRequest, allow: str) -> HttpResponse:
    """405 with the methods that are taken (RFC 9110 §15.5.6)."""
    response = answer(request, MethodNotAllowed(f"Use {allow}."))
    response["Allow"] = allow
    return response


def teach(api: NinjaAPI) -> None:
    """Give the API its exception handlers."""
    handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
        Problem: answer,
        ValidationError: _invalid,
        HttpError: _of_ninja,
        Http404: _gone,
        RequestDataTooBig: _too_big,
        DataError: _unstorable,
        Exception: _broken,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Where each value is wrong; never the value itself, which may be a secret."""
    fields = [{"field": _field(item["loc"]), "message": item["msg"]} for item in error.errors]
    first = fields[0]["field"] if fields else ""
    problem = Invalid("The request does not fit the document.", field=first, errors=fields)
    return answer(request, problem)


def _field(location: tuple[str | int, ...]) -> str:
    """`("body", "wish", "region")` → `region`; the outer names are those of our functions.

    Which member of a union was tried (`str-enum[Industry]`) is no place in the document.
    """
    inner = location[2:] if location[0] == "body" else location[1:]
    return ".".join(part for part in map(str, inner or location) if "[" not in part)


def _of_ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own refusals: no session, a failed CSRF check, a body that cannot be parsed."""
    known: dict[int, Problem] = {
        400: NotJson("The body could not be read as JSON."),
        401: NotLoggedIn("Log in, or send the bearer this address asks for."),
        403: CsrfFailed("Send the page's token in X-CSRFToken, from our own origin."),
    }
    return answer(request, known.get(error.status_code) or Broken("The id below is in our log."))


def _gone(request: HttpRequest, error: Http404) -> HttpResponse:
    return nowhere(request)


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return answer(request, BodyTooLarge("Nothing was read. Send less."))


def _unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """PostgreSQL takes no NUL in a text; its words may quote the value, so they are not shown."""
    return answer(request, Invalid("A value holds characters that cannot be kept, such as NUL."))


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api request failed", path=request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    return answer(request, Broken("Nothing you sent was wrong. The id below is in our log."))
