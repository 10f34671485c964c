"""Every address of an installation with the predicate it names; one that names none is closed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja.operation import Operation, PathView

from catalyst.problem import Forbidden

log = structlog.get_logger(__name__)
CLOSED = "This address names no predicate, so it is closed to everybody."
Patterns = Sequence[URLPattern | URLResolver]


@dataclass(frozen=True, slots=True)
class Route:
    """One address and way of asking. `predicates`: passing any of them opens it; none: closed.

    `methods`: those it takes; empty where the view itself says (405).
    """

    path: str
    name: str
    kind: str  # "page", "api" or "socket"
    methods: tuple[str, ...]
    predicates: tuple[str, ...]


def closed(patterns: list[Any]) -> list[Any]:
    """The same patterns; an address that names no predicate refuses everybody from now on."""
    for _, pattern in _leaves(patterns):
        for route in _routes("", pattern):
            if not route.predicates:
                log.error("address without a predicate", view=route.name)
                if route.kind == "page":  # of an operation the API closes itself
                    pattern.callback = unnamed
    return patterns


def unnamed(request: HttpRequest, **path: Any) -> HttpResponseBase:
    """The view of a page that names no predicate."""
    raise Forbidden(CLOSED)


def routes(patterns: Patterns, sockets: Sequence[Any] = ()) -> list[Route]:
    """All of them, with their whole paths."""
    # Ninja mounts a path once for each of its operations.
    found = list(
        dict.fromkeys(
            route for path, pattern in _leaves(patterns) for route in _routes(f"/{path}", pattern)
        )
    )
    for pattern in sockets:
        consumer = pattern.callback.consumer_class
        predicate = getattr(consumer, "predicate", "")
        path = f"/{pattern.pattern}"
        found.append(
            Route(path, consumer.__name__, "socket", (), (predicate,) if predicate else ())
        )
    return found


def _leaves(patterns: Patterns, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _leaves(pattern.url_patterns, path)
        else:
            yield path, pattern


def _routes(path: str, pattern: URLPattern) -> Iterator[Route]:
    view = pattern.callback
    if view is unnamed:
        yield Route(path, pattern.name or path, "page", (), ())
        return
    operations = getattr(view, "operations", None)
    if operations is None:
        predicate = getattr(view, "predicate", "")
        name = getattr(view, "__qualname__", repr(view))
        yield Route(path, name, "page", (), (predicate,) if predicate else ())
        return
    for operation in operations:
        name = operation.view_func.__qualname__
        yield Route(path, name, "api", tuple(operation.methods), predicates_of(operation))


def predicates_of(operation: Operation) -> tuple[str, ...]:
    """Those of its ways to log in; of the view itself where it needs none."""
    ways = operation.auth_callbacks or [operation.view_func]
    asked = tuple(getattr(way, "predicate", "") for way in ways)
    return asked if all(asked) else ()  # one way in that names nothing is one too many


def path_view_of(view: Any) -> PathView | None:
    """Ninja's view of one path: it hands out a function that closes over itself."""
    inner = inspect.unwrap(view)
    if not inspect.isfunction(inner):
        return None
    found = inspect.getclosurevars(inner).nonlocals.get("self")
    return found if isinstance(found, PathView) else None
