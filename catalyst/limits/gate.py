"""Limits at the door: views and routes answer 429 (RFC 6585 §4) with `RateLimit-*` headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import ngettext

from catalyst.language.words import lazy
from catalyst.limits.services import Verdict, hit
from catalyst.problem import Problem
from catalyst.web.address import address_of
from catalyst.web.errors import problem_response

Key = Callable[..., str]
Answer = TypeVar("Answer", bound=HttpResponseBase)


class TooMany(Problem):
    """`retry_after` in `extra`: seconds until one more try is taken."""

    type = "rate-limited"
    title = lazy("Too many tries in a short time")
    status = 429


class NotCounted(Problem):
    """A strict limit could not be counted. `retry_after` in `extra`: seconds."""

    type = "limits-away"
    title = lazy("Tries cannot be counted at the moment")
    status = 503


def by_address(request: HttpRequest, **path: Any) -> str:
    """Where the request came from."""
    return f"address:{address_of(request) or ''}"


def by_person(request: HttpRequest, **path: Any) -> str:
    """The person who is logged in; an address for somebody who is not."""
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        return f"person:{person.pk}"
    return by_address(request)


def refuse(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    """The 429 of a verdict; 503 where nobody could count."""
    return with_headers(problem_response(request, too_many(verdict)), verdict)


def count(tries: Mapping[str, str]) -> Verdict:
    """Count a try of each action by its key, as far as they allow it.

    The verdict is the first refusal; else that of which the fewest are left.
    """
    verdicts: list[Verdict] = []
    for action, key in tries.items():
        verdict = hit(action=action, key=key)
        if not verdict.allowed:
            return verdict
        verdicts.append(verdict)
    return min(verdicts, key=lambda verdict: verdict.remaining)


def too_many(verdict: Verdict, nothing: str = lazy("Nothing was done.")) -> Problem:
    """The Problem of a verdict, for a caller that answers itself: TooMany or NotCounted."""
    seconds = verdict.reset_seconds
    words = ngettext(
        "%(nothing)s Try again in %(seconds)s second.",
        "%(nothing)s Try again in %(seconds)s seconds.",
        seconds,
    )
    kind = TooMany if verdict.counted else NotCounted
    return kind(words % {"nothing": nothing, "seconds": seconds}, retry_after=seconds)


def with_headers(answer: Answer, verdict: Verdict) -> Answer:
    """Tell the verdict; where another was told already, the one of which fewer are left stays."""
    told = answer.get("RateLimit-Remaining", "")
    if told.isdigit() and int(told) <= verdict.remaining:
        return answer
    for name, value in verdict.headers().items():
        answer[name] = value
    return answer


def limited(
    action: str, *, key: Key = by_person, methods: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator of a view; of a ninja route inside `ninja.decorators.decorate_view`.

    `key(request, **path)` says who is counted. `methods`: only these count; none given: all do.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **path: Any) -> Any:
            if methods and request.method not in methods:
                return view(request, *args, **path)
            verdict = hit(action=action, key=key(request, **path))
            if not verdict.allowed:
                return refuse(request, verdict)
            try:
                answer = view(request, *args, **path)
            except Problem as problem:  # a page's; ninja has answered for its own
                answer = problem_response(request, problem)
            return with_headers(answer, verdict)

        return guarded

    return decorate
