"""Sending somebody to log in, or to prove anew who they are, and back to where they were.

A page is redirected; HTMX is told to go there with the whole page (401 + `HX-Redirect`), because a
redirect would land in a corner of it; programs get a problem document.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from catalyst.problem import Problem
from catalyst.web.errors import answer, wants_json

STREAMS = re.compile(r"/ws/|/log/[^/]+/events$")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def log_in(request: HttpRequest, problem: Problem) -> HttpResponseBase:
    """The answer to somebody who is not logged in (any more). `problem` is for programs."""
    if not shows_pages(request):
        return answer(request, problem)
    return go(request, redirect_to_login(place(request)).url)


def shows_pages(request: HttpRequest) -> bool:
    """Not a program: API, event stream or WebSocket."""
    if wants_json(request) or STREAMS.match(request.path):
        return False
    return request.get_preferred_type(["text/html", "text/event-stream"]) != "text/event-stream"


def go(request: HttpRequest, url: str) -> HttpResponseBase:
    """The answer to a page or fragment that has to leave for an address of ours."""
    return by_htmx(url) if is_htmx(request) else redirect(url)


def by_htmx(url: str) -> HttpResponse:
    return HttpResponse(status=401, headers={"HX-Redirect": url})


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def place(request: HttpRequest) -> str:
    """Path and query of the page this person looks at, to come back to. Always one of ours."""
    if is_htmx(request):
        return own_path(request, request.headers.get("HX-Current-URL", ""))
    if request.method in UNSAFE:  # the form's page: what only takes POST cannot be gone back to
        return own_path(request, request.headers.get("Referer", ""))
    return request.get_full_path()


def own_path(request: HttpRequest, url: str) -> str:
    """Path and query of an address of this host; home for every other one."""
    home = str(settings.LOGIN_REDIRECT_URL)
    allowed = {request.get_host()}
    if not url_has_allowed_host_and_scheme(url, allowed, require_https=request.is_secure()):
        return home
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # `//host` and `/\host` left over from odd ones would be other places.
    return path if url_has_allowed_host_and_scheme(path, None) and path[:1] == "/" else home
