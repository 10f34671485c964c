"""What operators do beyond what the rooms offer: ask again, give another reason, try out, compare.

An act is one transaction of rows and audit; the name servers are promised to a worker.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from catalyst.audit.services import record
from catalyst.work import outbox
from dns.drift import services as drift
from dns.drift.models import DriftReport
from dns.names import Words
from dns.pools import journal, plan, selectors, tokens
from dns.pools import services as pools
from dns.pools.models import Allocation
from dns.pools.problems import UnknownAllocation
from dns.reserved import services as reserved

log = structlog.get_logger(__name__)
DRIFT_TOPIC = "dns.drift"


@dataclass(frozen=True, slots=True)
class Trial:
    """An act to try out: `act` is `reserve`, `commit` or `release`.

    A reserve with an address is published too. `owner` is whom a reserve would be for.
    """

    act: str
    pool: str
    label: str
    owner: str = ""
    address_v4: str = ""
    address_v6: str = ""


def look_again(*, allocation_id: uuid.UUID, actor: str) -> None:
    """Have a worker look at a name at once, whatever it waits for. Raises UnknownAllocation."""
    with transaction.atomic():
        row = Allocation.objects.select_for_update().filter(pk=allocation_id).first()
        if row is None:
            raise UnknownAllocation("No name was ever reserved under this id.")
        journal.change(row)
        journal.tell(row, actor=actor, kind="asked-again")


def change_reason(*, word: str, reason: str, actor: str) -> Words:
    """Give a reserved word another reason: out and in again, two versions of the list, one act.

    Raises NotReserved, BadWord.
    """
    with transaction.atomic():
        reserved.remove(word=word, actor=actor)
        return reserved.add(word=word, reason=reason, actor=actor)


def try_out(trial: Trial, *, actor: str) -> plan.Plan:
    """What the act would write. Raises what the act would raise; nothing stays."""
    return plan.of(lambda: _do(trial, actor=actor))


def _do(trial: Trial, *, actor: str) -> uuid.UUID:
    if trial.act == "reserve":
        return _reserve(trial, actor=actor)
    row = selectors.newest_of(pool=trial.pool, label=trial.label)
    if trial.act == "release":
        holder = pools.Holder(row.owner, row.created_by)
        return pools.release(allocation_id=row.pk, token=holder, actor=actor).allocation_id
    token = tokens.reservation_token(allocation_id=row.pk, generation=row.generation)
    return pools.commit(
        allocation_id=row.pk,
        token=token,
        address_v4=trial.address_v4,
        address_v6=trial.address_v6 or None,
        actor=actor,
    ).allocation_id


def _reserve(trial: Trial, *, actor: str) -> uuid.UUID:
    held = pools.reserve(
        pool=trial.pool,
        label=trial.label,
        owner=trial.owner or "dry-run",
        actor=actor,
        idempotency_key=str(uuid.uuid4()),
    )
    if trial.address_v4:
        pools.commit(
            allocation_id=held.allocation_id,
            token=held.token,
            address_v4=trial.address_v4,
            address_v6=trial.address_v6 or None,
            actor=actor,
        )
    return held.allocation_id


def ask_for_look(
    *, actor: str, repair: bool = False, force: bool = False, orphans: bool = False, seen: int = 0
) -> None:
    """Have a worker compare all zones with their rows, and do what it may.

    `seen` is the newest report when the person asked: what they want against the safety stop holds
    for that one only. `orphans`: remove what no row wants.
    """
    wish = {"repair": repair, "force": force, "orphans": orphans, "seen": seen, "actor": actor}
    with transaction.atomic():
        outbox.put(topic=DRIFT_TOPIC, key=str(uuid.uuid4()), payload=wish)
        record(actor=actor, act="dns.drift-asked", object=f"drift-report:{seen}", after=wish)


def look(wish: dict[str, Any]) -> None:
    """Do what `ask_for_look` promised; again is fine. Raises PowerDnsError.

    A second round of a forced wish finds a newer report, and is not forced any more.
    """
    newest = DriftReport.objects.values_list("pk", flat=True).first() or 0
    force = wish["force"] and wish["seen"] == newest
    if wish["orphans"]:
        try:
            drift.remove_orphans(actor=wish["actor"], force=force)
        except drift.TooMuch as problem:
            log.warning("orphans are not removed", why=problem.detail)
    drift.report(repair=wish["repair"], force=force, actor=wish["actor"])
