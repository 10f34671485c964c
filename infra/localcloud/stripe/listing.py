"""Lists and what is put into an answer on request: pagination and `expand[]`."""

from __future__ import annotations

import copy
from typing import Any

from infra.localcloud.stripe.book import Account
from infra.localcloud.stripe.errors import invalid
from infra.localcloud.stripe.form import Params

Json = dict[str, Any]
MOST, USUAL = 100, 10
_DEEPEST = 4


def page(params: Params, rows: list[Json], url: str) -> Json:
    """`limit`, `starting_after`, `ending_before` of rows that are newest first."""
    limit = params.integer("limit") or USUAL
    if not 1 <= limit <= MOST:
        raise invalid("Invalid limit: must be between 1 and 100", param="limit")
    after, before = params.text("starting_after"), params.text("ending_before")
    ids = [row["id"] for row in rows]
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor is not None and cursor not in ids:
            raise invalid(f"No such object: '{cursor}'", param=name, code="resource_missing")
    if before is not None:
        rows = rows[: ids.index(before)]
        more, rows = len(rows) > limit, rows[-limit:]
    else:
        rows = rows[ids.index(after) + 1 :] if after is not None else rows
        more, rows = len(rows) > limit, rows[:limit]
    return {"object": "list", "url": url, "has_more": more, "data": copy.deepcopy(rows)}


def created(params: Params, rows: list[Json]) -> list[Json]:
    """`created[gte]` and its brothers."""
    within = params.within("created")
    bounds = {name: within.integer(name) for name in ("gt", "gte", "lt", "lte")}
    return [row for row in rows if _between(row["created"], bounds)]


def _between(at: int, bounds: dict[str, int | None]) -> bool:
    gt, gte, lt, lte = (bounds[name] for name in ("gt", "gte", "lt", "lte"))
    return (
        (gt is None or at > gt)
        and (gte is None or at >= gte)
        and (lt is None or at < lt)
        and (lte is None or at <= lte)
    )


def expanded(account: Account, answer: Json, paths: list[str]) -> Json:
    """A copy of the answer with ids replaced by what they stand for."""
    answer = copy.deepcopy(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise invalid("You cannot expand more than 4 levels", param="expand")
        _expand(account, answer, steps, path)
    return answer


def _expand(account: Account, place: Any, steps: list[str], path: str) -> None:
    if isinstance(place, list):
        for each in place:
            _expand(account, each, steps, path)
        return
    name, rest = steps[0], steps[1:]
    hidden = _hidden(account, place, name)
    if hidden is not None:
        place[name] = hidden
    elif name not in place:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand[0]")
    elif isinstance(place[name], str):
        if place[name] not in account.objects:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand[0]")
        place[name] = copy.deepcopy(account.objects[place[name]])
    if rest and place[name] is not None:
        _expand(account, place[name], rest, path)


def _hidden(account: Account, place: Json, name: str) -> Json | None:
    """What an object has and shows only when asked."""
    match place.get("object"), name:
        case "checkout.session", "line_items":
            rows = account.lines.get(place["id"], [])
            url = f"/v1/checkout/sessions/{place['id']}/line_items"
        case "charge", "refunds":
            rows = account.all("refund", charge=place["id"])
            url = f"/v1/charges/{place['id']}/refunds"
        case _:
            return None
    return {"object": "list", "url": url, "has_more": False, "data": copy.deepcopy(rows)}
