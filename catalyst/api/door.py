"""What every API request passes before authentication: body size, media type, well-formed JSON.

It looks at the outside of a request only; what is in it, the schemas and services judge.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from ninja.operation import Operation

from catalyst.api.answers import not_allowed
from catalyst.api.problems import BodyTooLarge, NotJson, UnsupportedMediaType
from catalyst.problem import Invalid, Problem

JSON_LIMIT = 65_536  # the largest document of the API is a wish with its SSH key: under 12 KiB
Run = Callable[..., Any]


def door(run: Run) -> Run:
    """Ninja decorator (mode `view`) of every operation; refuses as problem+json."""
    operation: Operation = inspect.unwrap(run).__self__
    if operation.is_async:  # those are streams: they take no body
        return run
    takes_json = any(model.__ninja_param_source__ == "body" for model in operation.models)

    @wraps(run)
    def guarded(request: HttpRequest, **path: Any) -> HttpResponseBase:
        try:
            _check_address(request, path)
            if takes_json:
                _check_json(request)
            answer: HttpResponseBase = run(request, **path)
        except Problem as problem:  # of a decorator; those of the view ninja has caught itself
            answer = operation.api.on_exception(request, problem)
        return answer

    return guarded


def typed(view: Run) -> Run:
    """Wrap a URL's view, so that a method it does not take is a problem document as well."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def later(request: HttpRequest, **path: Any) -> HttpResponseBase:
            return _as_problem(request, await view(request, **path))

        return later

    @wraps(view)
    def now(request: HttpRequest, **path: Any) -> HttpResponseBase:
        return _as_problem(request, view(request, **path))

    return now


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes. Raises BodyTooLarge.

    A body without a length (chunked) is read up to the limit only.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > limit:
        raise BodyTooLarge(f"Send at most {limit} bytes.", limit=limit)
    if not hasattr(request, "_body"):
        body = request.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(f"Send at most {limit} bytes.", limit=limit)
        request._body = body  # what `request.body` gives from now on
    return request.body


def _as_problem(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    if isinstance(answer, HttpResponseNotAllowed):
        return not_allowed(request, ", ".join(sorted(answer["Allow"].split(", "))))
    return answer


def _check_address(request: HttpRequest, path: dict[str, Any]) -> None:
    parts = [*path.values(), *request.GET.keys()]
    for values in request.GET.lists():
        parts += values[1]
    if any(isinstance(part, str) and "\0" in part for part in parts):
        raise Invalid("The address holds a NUL character.")


def _check_json(request: HttpRequest) -> None:
    body = read_body(request, limit=JSON_LIMIT)
    if not body:
        return  # ninja says which fields are missing
    if request.content_type != "application/json":
        raise UnsupportedMediaType("Send Content-Type: application/json.")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson("The body could not be read as JSON.") from error
    if _holds_nul(document):
        raise Invalid("A value holds a NUL character.")


def _holds_nul(value: Any) -> bool:
    """PostgreSQL keeps no NUL in a text; depth is bounded by what `json.loads` took."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            if "\0" in each:
                return True
        elif isinstance(each, dict):
            pending += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            pending += each
    return False
