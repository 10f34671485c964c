"""Ends what must not stay in OpenBao: values of deleted secrets, and of transactions taken back.

Who destroys sees it gone before it is called destroyed. Killed anywhere, the outbox asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from catalyst.audit.services import record
from catalyst.problem import Conflict, Problem
from catalyst.vault import gate, keeping, keys
from catalyst.vault.models import Destruction, SealedSecret
from catalyst.work import leases, outbox
from catalyst.work.models import OutboxItem

log = structlog.get_logger(__name__)
EVERY = AGE = timedelta(hours=1)
# More than that is no accident of ours: a database that was restored from another day.
MOST_SHARE, FROM = 0.3, 10


class StillThere(Problem):
    type = "vault-value-still-there"
    title = "OpenBao still has what it was told to destroy"


@dataclass(frozen=True, slots=True)
class Report:
    """`missing`: ids of records whose value is gone. `unknown`: paths of values no record has.
    `pending`: paths that are to be destroyed."""

    missing: list[str]
    unknown: list[str]
    pending: list[str]

    @property
    def whole(self) -> bool:
        return not (self.missing or self.unknown)


def destroy(path: str) -> None:
    """In OpenBao, every version; then note that it is gone. Raises VaultAway, StillThere."""
    store = keys.values()
    store.destroy(path)
    if store.written_at(path) is not None:
        raise StillThere(f"{path} is still in OpenBao.")
    with transaction.atomic():
        asked = Destruction.objects.select_for_update().filter(path=path).first()
        if asked is None or asked.destroyed_at:
            return
        Destruction.objects.filter(path=path).update(destroyed_at=Now())
        after = {"path": path, "purpose": asked.purpose}
        record(actor="vault", act="vault.destroy-value", object=f"secret:{asked.record}",
               after=after)  # fmt: skip


@outbox.handler(keeping.DESTROY)
def _promised(item: OutboxItem) -> None:
    destroy(item.key)


def check() -> Report:
    """Records against values, as they are now. Opens nothing. Raises VaultAway."""
    store = keys.values()
    there = set(store.paths())
    rows = dict(SealedSecret.objects.exclude(path="").values_list("path", "pk"))
    pending = set(_pending().values_list("path", flat=True))
    # What came while we looked is in one of the two only: it is asked for once more.
    missing = [path for path in rows if path not in there and store.written_at(path) is None]
    unknown = [path for path in sorted(there - set(rows) - pending) if _nobodys(path)]
    still = SealedSecret.objects.filter(path__in=missing).values_list("pk", flat=True)
    return Report(sorted(map(str, still)), unknown, sorted(pending))


def sweep(*, everything: bool = False) -> int:
    """Have values destroyed that no record has, an hour old at least; returns how many.

    Raises VaultAway; Conflict when they are so many that something else is wrong, unless
    `everything`.
    """
    store = keys.values()
    there = list(store.paths())
    lonely = list(_without_record(there))
    if not everything and len(there) >= FROM and len(lonely) > MOST_SHARE * len(there):
        raise Conflict(
            f"{len(lonely)} of {len(there)} values in OpenBao belong to no record. Was the "
            "database restored from an older day? Nothing was destroyed: "
            "docs/runbooks/vault-key.md."
        )
    before = timezone.now() - AGE
    old = [path for path in lonely if (at := store.written_at(path)) and at <= before]
    return sum(map(_ask, old))


def sweep_due() -> None:
    """Once an hour, in one of the workers."""
    if not keys.uses_openbao():
        return
    # Not given back: it ends when the next one is due.
    if leases.take("vault:sweep", holder=leases.me(), ttl=EVERY.total_seconds()):
        try:
            sweep()
        except Problem as problem:
            log.error("vault not swept", problem=problem.type)


def _without_record(paths: Collection[str]) -> Iterator[str]:
    known = set(SealedSecret.objects.exclude(path="").values_list("path", flat=True))
    known |= set(_pending().values_list("path", flat=True))
    return (path for path in paths if path not in known)


def _pending() -> QuerySet[Destruction]:
    return Destruction.objects.filter(destroyed_at__isnull=True)


def _nobodys(path: str) -> bool:
    """No record has it, and none that is on its way will."""
    with transaction.atomic():
        return not gate.is_on_its_way(path) and not (
            SealedSecret.objects.filter(path=path).exists()
        )


def _ask(path: str) -> bool:
    """The second look, at the one path alone."""
    with transaction.atomic():
        if not _nobodys(path):
            return False
        # One that came back with an older copy of OpenBao is destroyed once more.
        Destruction.objects.update_or_create(
            path=path,
            defaults={"destroyed_at": None},
            create_defaults={"record": _record_of(path), "purpose": "taken back"},
        )
        outbox.put(topic=keeping.DESTROY, key=path)
    return True


def _record_of(path: str) -> str:
    return path.rpartition("/")[2].rpartition("-")[0]
