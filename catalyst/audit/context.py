"""The request that is being answered, so that every act in it is audited with who and where."""

from __future__ import annotations

from contextvars import ContextVar

from django.http import HttpRequest

_asking: ContextVar[HttpRequest | None] = ContextVar("asking", default=None)


def begin(request: HttpRequest) -> None:
    _asking.set(request)


def end() -> None:
    _asking.set(None)


def asking() -> HttpRequest | None:
    """None outside a request: in workers and on the command line."""
    return _asking.get()
