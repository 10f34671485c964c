"""Lists: filters, sorting and pages, with the vendor's parameters and `meta.pagination`.

Which parameters a list knows, and which values they may have, is read from the vendor's document.
"""

from collections.abc import Callable, Iterable
from typing import Any

from infra.localcloud.hetzner import document
from infra.localcloud.hetzner.calls import Call
from infra.localcloud.hetzner.errors import invalid
from infra.localcloud.hetzner.labels import parse_selector
from infra.localcloud.hetzner.store import Resource

Json = dict[str, Any]
DEFAULT_PER_PAGE, MAX_PER_PAGE = 25, 50
# Parameters that are not compared with a field of the entries.
_OTHERS = {"page", "per_page", "sort", "label_selector"}


def list_resources(call: Call, kind: str, key: str, present: Callable[[Resource], Json]) -> Json:
    """The answer of a list call over the project's resources of one kind."""
    rows = call.cloud.store.all(kind, call.project)
    return list_entries(call, key, [present(row) for row in rows])


def list_entries(call: Call, key: str, entries: Iterable[Json]) -> Json:
    """The entries the query asks for, as one page. Raises invalid_input."""
    return page(call, key, matching(call, entries))


def matching(call: Call, entries: Iterable[Json]) -> list[Json]:
    """Entries whose labels are selected and whose fields have one of the values asked for."""
    kept = list(entries)
    if selector := call.query.get("label_selector", ""):
        selected = parse_selector(selector)
        kept = [entry for entry in kept if selected(entry["labels"])]
    for field, allowed in document.query_parameters(call.path).items():
        wanted = call.query.getlist(field)
        if not wanted or field in _OTHERS or field.startswith("include_"):
            continue
        if allowed and not set(wanted) <= set(allowed):
            raise invalid(field, f"must be one of {', '.join(allowed)}")
        kept = [entry for entry in kept if str(entry[field]) in wanted]
    return kept


def page(call: Call, key: str, entries: list[Json]) -> Json:
    """One sorted page of the entries with its `meta`. Raises invalid_input."""
    ordered = _sorted(call, entries)
    number = _number(call, "page", 1)
    size = min(_number(call, "per_page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    last = max(1, -(-len(ordered) // size))
    pagination = {
        "page": number,
        "per_page": size,
        "previous_page": number - 1 if number > 1 else None,
        "next_page": number + 1 if number < last else None,
        "last_page": last,
        "total_entries": len(ordered),
    }
    shown = ordered[(number - 1) * size : number * size]
    return {key: shown, "meta": {"pagination": pagination}}


def _sorted(call: Call, entries: list[Json]) -> list[Json]:
    ordered = list(entries)
    allowed = document.query_parameters(call.path).get("sort", ())
    if not allowed:
        return ordered
    # Python's sort is stable, so the least important key goes first.
    for criterion in reversed(call.query.getlist("sort")):
        if criterion not in allowed:
            raise invalid("sort", f"'{criterion}' is not one of {', '.join(allowed)}")
        field, _, direction = criterion.partition(":")
        ordered.sort(
            key=lambda entry: (entry[field] is None, entry[field] or 0),
            reverse=direction == "desc",
        )
    return ordered


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, "must be a number of at least 1")
    return int(text)
