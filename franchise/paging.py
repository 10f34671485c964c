"""Pages by key: `?before=<id>` asks for what is older than that row."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from catalyst.problem import Invalid

_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Pager:
    """Queries of the pages beside this one, with its filters; empty: there is none.

    Drawn by `franchise/backoffice/_pager.html`.
    """

    newest: str = ""
    older: str = ""


def before(request: HttpRequest) -> int | None:
    """The key in the address, if any. Raises Invalid for anything but a row's id."""
    text = request.GET.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise Invalid("`before` is the number of a row.", field="before")
    return int(text)


def pager(request: HttpRequest, next_before: int | None) -> Pager:
    """For a page whose last row is `next_before`, if there are older ones."""
    query = filters(request)
    newest = f"?{query.urlencode()}" if "before" in request.GET else ""
    if next_before is not None:
        query["before"] = str(next_before)
    return Pager(newest=newest, older=f"?{query.urlencode()}" if next_before is not None else "")


def as_file(request: HttpRequest) -> str:
    """Query of all that this page's filters find, as CSV."""
    query = filters(request)
    query["format"] = "csv"
    return f"?{query.urlencode()}"


def filters(request: HttpRequest) -> QueryDict:
    """The query without its place in the list."""
    query = request.GET.copy()
    query.pop("before", None)
    return query
