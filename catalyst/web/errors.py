"""Errors people and programs see: what happened, what it means, and an id that is in the log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from catalyst.api.problems import NotLoggedIn
from catalyst.language.words import lazy
from catalyst.problem import NotFound, Problem

CONTENT_TYPE = "application/problem+json"
# Addresses for programs; every other one is a page.
API = ("/api/", "/sovereign/api/", "/acme/", "/v1/", "/billing/")


class Broken(Problem):
    type = "internal-error"
    title = lazy("Catalyst made a mistake")
    status = 500


class CsrfFailed(Problem):
    type = "csrf-failed"
    title = lazy("This form came from somewhere else, or is too old")
    status = 403


def wants_json(request: HttpRequest) -> bool:
    """Programs ask for JSON; the API never answers with a page."""
    return request.path.startswith(API) or (
        request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """RFC 9457 document for programs, a page for people."""
    if wants_json(request):
        return answer(request, problem)
    context = {"problem": _document(request, problem)}
    page = render(request, "catalyst/problem.html", context, status=problem.status)
    return _with_wait(page, problem)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The document; `instance` is the request's id, which is in our log too."""
    response = JsonResponse(
        _document(request, problem), status=problem.status, content_type=CONTENT_TYPE
    )
    response.stays = problem.stays  # type: ignore[attr-defined]  # for Idempotency-Key
    if isinstance(problem, NotLoggedIn):
        response["WWW-Authenticate"] = f'{problem.scheme} realm="catalyst"'
    return _with_wait(response, problem)


def _with_wait(response: HttpResponse, problem: Problem) -> HttpResponse:
    if isinstance(wait := problem.extra.get("retry_after"), int):
        response["Retry-After"] = str(wait)
    return response


def _document(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    return {**problem.as_dict(), "instance": getattr(request, "request_id", "")}


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW; its reason is for developers and is not shown."""
    return problem_response(
        request, CsrfFailed(_("Nothing was changed. Go back, reload the page and send it again."))
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(request, NotFound(_("There is nothing at this address.")))


def server_error(request: HttpRequest) -> HttpResponse:
    detail = _("Nothing you typed was wrong. The id below is in our log.")
    return problem_response(request, Broken(detail))
