"""The list of Deployments: found by words and state, page by page, with what each costs.

Pages go by key (made, id), so that one that is made meanwhile moves no row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from catalyst.identity.models import Role, User
from catalyst.language.words import lazy
from sovereign_wizard.handover.models import Sighting
from sovereign_wizard.handover.sweep import FACT
from sovereign_wizard.progress.selectors import visible
from sovereign_wizard.provisioning.models import Deployment, State

PAGE = 50
LONGEST_WORDS = 100
# id of the chip → its word and the states behind it.
CHIPS: dict[str, tuple[str, tuple[State, ...]]] = {
    "work": (lazy("At work"), (State.QUEUED, State.RUNNING, State.CANCELLING, State.DESTROYING)),
    "waiting": (lazy("Waiting"), (State.WAITING,)),
    "failed": (lazy("Stopped"), (State.FAILED, State.CANCELLED)),
    "ready": (lazy("Ready"), (State.READY,)),
    "destroyed": (lazy("Destroyed"), (State.DESTROYED,)),
}
HEADER = ("name", "organization", "state", "owner", "region", "control_plane", "workers",
          "worker_size", "made", "cost_month_net", "currency", "cost_seen")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """What was seen last, a month, net. `at`: when."""

    amount: Decimal
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """`cost` is None while nobody has looked at Hetzner."""

    deployment: Deployment
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter with how many it would show. `id` is empty for all of them."""

    id: str
    word: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first. `older`: cursor of the next page, empty on the last."""

    rows: tuple[Row, ...]
    chips: tuple[Chip, ...]
    older: str


def find(user: User, *, words: str = "", chip: str = "", before: str = "") -> Found:
    """One page of what this person may see. A chip or cursor that is none counts as not given."""
    mine = _matching(user, words)
    rows = _of_chip(mine, chip)
    if place := _cursor(before):
        at, last = place
        rows = rows.filter(created_at__lte=at).filter(Q(created_at__lt=at) | Q(pk__lt=last))
    page = list(rows.order_by("-created_at", "-pk")[: PAGE + 1])
    shown = page[:PAGE]
    end = shown[-1] if len(page) > PAGE else None
    return Found(
        rows=tuple(_rows(shown)),
        chips=_chips(mine, chip),
        older=f"{end.created_at.isoformat()}_{end.pk}" if end else "",
    )


def every(user: User, *, words: str = "", chip: str = "") -> Iterator[Row]:
    """All that match, in pages, for a file."""
    rows = _of_chip(_matching(user, words), chip).order_by("-created_at", "-pk")
    batch: list[Deployment] = []
    for row in rows.iterator(chunk_size=PAGE):
        batch.append(row)
        if len(batch) == PAGE:
            yield from _rows(batch)
            batch = []
    yield from _rows(batch)


def line(row: Row) -> tuple[object, ...]:
    """One line of the CSV, in the order of HEADER; times are ISO 8601, UTC."""
    one, cost = row.deployment, row.cost
    return (
        one.fqdn,
        one.organization_name,
        one.state,
        one.owner.email,
        one.region,
        one.control_plane_size,
        one.worker_count,
        one.worker_size,
        one.created_at.isoformat(),
        f"{cost.amount:.2f}" if cost else "",
        cost.currency if cost else "",
        cost.at.isoformat() if cost else "",
    )


def _matching(user: User, words: str) -> QuerySet[Deployment]:
    rows = visible(user)
    words = words.strip().replace("\0", "")
    if not words:
        return rows
    wanted = Q(fqdn__icontains=words) | Q(organization_name__icontains=words)
    if user.has_role(Role.OPERATOR):
        wanted |= Q(owner__email__icontains=words)
    with suppress(ValueError):
        wanted |= Q(pk=uuid.UUID(words))
    return rows.filter(wanted)


def _of_chip(rows: QuerySet[Deployment], chip: str) -> QuerySet[Deployment]:
    return rows.filter(state__in=CHIPS[chip][1]) if chip in CHIPS else rows


def _chips(rows: QuerySet[Deployment], chosen: str) -> tuple[Chip, ...]:
    counted = rows.order_by().values_list("state").annotate(count=Count("pk"))
    counts: Mapping[str, int] = dict(counted)
    some = [
        Chip(name, word, sum(counts.get(state, 0) for state in states), chosen == name)
        for name, (word, states) in CHIPS.items()
    ]
    return (Chip("", _("All"), sum(counts.values()), chosen not in CHIPS), *some)


def _rows(found: Iterable[Deployment]) -> Iterator[Row]:
    page = list(found)
    costs = _costs(page)
    for one in page:
        yield Row(one, None if one.state == State.DESTROYED else costs.get(one.pk))


def _costs(page: Iterable[Deployment]) -> dict[uuid.UUID, Cost]:
    """By Deployment, from its newest look, whoever looked; one query for a page."""
    page = list(page)
    seen: dict[uuid.UUID, dict[str, Any]] = {
        one.pk: one.facts[FACT] for one in page if one.facts.get(FACT)
    }
    newest = Sighting.objects.filter(deployment__in=page).order_by("deployment_id", "-pk")
    for sighting in newest.distinct("deployment_id"):
        kept = seen.get(sighting.deployment_id)
        if kept is None or _at(sighting.document) > _at(kept):
            seen[sighting.deployment_id] = sighting.document
    return {
        key: Cost(Decimal(document["monthly_net"]), document["currency"], _at(document))
        for key, document in seen.items()
    }


def _at(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["looked_at"])


def _cursor(text: str) -> tuple[datetime, uuid.UUID] | None:
    when, _, last = text.partition("_")
    with suppress(ValueError):
        at, pk = datetime.fromisoformat(when), uuid.UUID(last)
        return (at, pk) if at.tzinfo else None  # without a zone it is no moment
    return None
