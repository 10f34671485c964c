"""What the pages show, read from rows. Nothing here writes or asks a name server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from catalyst.work.clock import database_now
from catalyst.work.models import OutboxItem
from dns.backoffice.services import DRIFT_TOPIC
from dns.drift.models import DriftReport
from dns.names import InvalidName, normalise
from dns.pools.models import UNSETTLED, Allocation, AllocationState, Pool
from dns.pools.selectors import page_of
from dns.reserved.models import ReservedList, ReservedWord
from dns.tokens import services as tokens
from dns.tokens.models import ServiceToken

PAGE = 50
FAILING = "failing"
STATES = ((FAILING, "Failing"), *AllocationState.choices)


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool with how many names are in each state; released ones are not counted."""

    pool: Pool
    reserved: int
    active: int
    releasing: int


@dataclass(frozen=True, slots=True)
class TokenRow:
    """`state` is `active`, `revoked`, `expired` or `idle`, by the database's clock."""

    token: ServiceToken
    state: str


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word that came to the list or left it. Who let one go is in the audit only."""

    version: int
    word: str
    reason: str
    added: bool
    by: str


def find(
    *, words: str = "", state: str = "", pool: str = "", before: str = ""
) -> tuple[list[Allocation], str]:
    """Allocations newest first, and the cursor of the next page or "".

    `words`: an id, an address, or the beginning of a name, owner or asker.
    """
    rows = Allocation.objects.select_related("pool").filter(_matching(words.strip()))
    if pool:
        rows = rows.filter(pool__domain=pool)
    if state == FAILING:
        rows = rows.filter(UNSETTLED).exclude(last_error="")
    elif state:
        rows = rows.filter(state=state)
    return page_of(rows, before=before, limit=PAGE)


def _matching(words: str) -> Q:
    if not words:
        return Q()
    try:
        return Q(pk=uuid.UUID(words))
    except ValueError:
        pass
    try:
        address = str(ip_address(words))
    except ValueError:
        pass
    else:
        return Q(address_v6=address) if ":" in address else Q(address_v4=address)
    return (
        Q(fqdn__startswith=_as_stored(words))
        | Q(owner__startswith=words)
        | Q(created_by__startswith=words)
    )


def _as_stored(words: str) -> str:
    """`Bücher.omani` → `xn--bcher-kva.omani`; what is no name stays as it is."""
    label, dot, rest = words.lower().rstrip(".").partition(".")
    if not label.isascii():
        try:
            label = normalise(label=label, domain="example").label
        except InvalidName:
            return words
    return f"{label}{dot}{rest}"


def pools() -> list[PoolRow]:
    """Every pool, by name."""
    return _counted(Pool.objects.all())


def pool_row(domain: str) -> PoolRow | None:
    """One of them."""
    return next(iter(_counted(_pool(domain))), None)


def is_pool(domain: str) -> bool:
    return _pool(domain).exists()


def _pool(domain: str) -> QuerySet[Pool]:
    if "\0" in domain:  # PostgreSQL takes none
        return Pool.objects.none()
    return Pool.objects.filter(domain=domain)


def _counted(rows: QuerySet[Pool]) -> list[PoolRow]:
    held = (
        Allocation.objects.filter(pool__in=rows).exclude(state=AllocationState.RELEASED).order_by()
    )
    counts = {
        (pool, state): number
        for pool, state, number in held.values_list("pool", "state").annotate(Count("pk"))
    }
    return [
        PoolRow(
            pool,
            reserved=counts.get((pool.pk, AllocationState.RESERVED), 0),
            active=counts.get((pool.pk, AllocationState.ACTIVE), 0),
            releasing=counts.get((pool.pk, AllocationState.RELEASING), 0),
        )
        for pool in rows
    ]


def resting(*, before: str = "") -> tuple[list[Allocation], str]:
    """Names in quarantine, the last reserved first, and the cursor of the next page or ""."""
    rows = Allocation.objects.select_related("pool").filter(quarantined_until__gt=Now())
    return page_of(rows, before=before, limit=PAGE)


def words_of(*, version: int, having: str = "") -> QuerySet[ReservedWord]:
    """The words of one version of the list that have these letters in word or reason."""
    rows = ReservedWord.objects.filter(since__lte=version).filter(
        Q(until__isnull=True) | Q(until__gt=version)
    )
    return rows.filter(Q(word__icontains=having) | Q(reason__icontains=having))


def reserved_word(word: str) -> ReservedWord | None:
    """A word of the newest list."""
    if "\0" in word:  # PostgreSQL takes none
        return None
    return ReservedWord.objects.filter(word=word, until__isnull=True).first()


def newest_version() -> int:
    """The number of the list as it is now."""
    return ReservedList.objects.values_list("version", flat=True).first() or 1


def word_changes(*, limit: int = 20) -> list[WordChange]:
    """What operators changed last, newest first; the list we ship is version 1."""
    added = ReservedWord.objects.filter(since__gt=1).order_by("-since")[:limit]
    freed = ReservedWord.objects.filter(until__isnull=False).order_by("-until")[:limit]
    changes = [
        *(WordChange(one.since, one.word, one.reason, True, one.added_by) for one in added),
        *(WordChange(one.until or 0, one.word, one.reason, False, "") for one in freed),
    ]
    return sorted(changes, key=lambda one: -one.version)[:limit]


def token_rows() -> list[TokenRow]:
    """Service tokens newest first, ended ones too."""
    return list(_with_states(tokens.newest()))


def _with_states(found: Sequence[ServiceToken]) -> Iterator[TokenRow]:
    now = database_now()
    for token in found:
        idle = token.idle_limit and (token.last_used_at or token.created_at) + token.idle_limit
        state = "active"
        if token.revoked_at:
            state = "revoked"
        elif token.expires_at <= now:
            state = "expired"
        elif idle and idle <= now:
            state = "idle"
        yield TokenRow(token, state)


def drift_report() -> DriftReport | None:
    """The newest look at all zones."""
    return DriftReport.objects.first()


def drift_reports_before(report: DriftReport, *, limit: int = 19) -> list[DriftReport]:
    """Earlier looks, newest first, without their findings."""
    return list(DriftReport.objects.filter(pk__lt=report.pk).defer("findings")[:limit])


def drift_wish() -> OutboxItem | None:
    """The oldest look an operator asked for that no worker has done yet."""
    waiting = OutboxItem.objects.filter(topic=DRIFT_TOPIC, done_at__isnull=True)
    return waiting.order_by("pk").first()
