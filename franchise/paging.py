"""Pages by key: `?before=<id>` asks for what is older than that row."""

from __future__ import annotations

from django.http import HttpRequest

from catalyst.problem import Invalid

_MOST = 2**63 - 1


def before(request: HttpRequest) -> int | None:
    """The key in the address, if any. Raises Invalid for anything but a row's id."""
    text = request.GET.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise Invalid("`before` is the number of a row.", field="before")
    return int(text)
