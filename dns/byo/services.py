"""The door of this room. Acts are one transaction of rows, audit and a promise to the worker.

Only `look` and `prove` ask the outside; they belong in no transaction.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from catalyst.vault import services as vault
from dns.byo import journal, preflight, records, selectors
from dns.byo.beginning import begin, is_typed
from dns.byo.models import ENDED, DomainMove, MoveState
from dns.byo.names import read as read_domain
from dns.byo.problems import NotInThisState
from dns.byo.proof import prove
from dns.byo.selectors import living, must_see
from dns.byo.turning import release, restore, resume
from dns.byo.values import Look, Move, MoveStatus, Panel, Record
from dns.pools.addresses import public_v4, public_v6
from dns.pools.values import AcmeAccount

__all__ = [
    "Look",
    "Move",
    "MoveStatus",
    "Panel",
    "Record",
    "acme_account",
    "begin",
    "cancel",
    "check_now",
    "commit",
    "is_typed",
    "living_names",
    "look",
    "moves_of",
    "must_see",
    "panel",
    "prove",
    "read_domain",
    "records_of",
    "release",
    "restore",
    "resume",
    "status",
]


def look(*, domain: str, account: str) -> Look:
    """How a domain is, and what would stop. Changes nothing; seconds. See `preflight.look`."""
    return preflight.look(domain=domain, account=account)


def living_names() -> set[str]:
    """Every domain that may have a zone of its own here."""
    return set(living().values_list("fqdn", flat=True))


def records_of(text: str, *, domain: str) -> tuple[Record, ...]:
    """The customer's own list of records, a line each as in a zone file. Raises BadRecord."""
    return records.read(text, domain=read_domain(domain).name)


def status(*, move_id: uuid.UUID) -> MoveStatus:
    """How a move is: one read. Raises UnknownMove."""
    return selectors.status_of(selectors.get(move_id))


def panel(*, move_id: uuid.UUID) -> Panel:
    """Everything the panel shows, of rows only. Raises UnknownMove."""
    return selectors.panel_of(selectors.get(move_id))


def moves_of(account: str) -> list[MoveStatus]:
    """An account's domains, newest first."""
    return [selectors.status_of(row) for row in selectors.moves(account=account)[:200]]


def commit(
    *, move_id: uuid.UUID, address_v4: str, address_v6: str | None = None, actor: str
) -> MoveStatus:
    """Have the domain's zone point at these addresses. The same again is fine.

    Raises UnknownMove, InvalidAddress, NotInThisState.
    """
    v4 = public_v4(address_v4, also=settings.CATALYST.balancer_ranges)
    v6 = public_v6(address_v6) if address_v6 else None
    with transaction.atomic():
        row = selectors.locked(move_id)
        if row.state in (*ENDED, MoveState.RELEASING, MoveState.RESTORING):
            raise NotInThisState(f"{row.fqdn} is {row.get_state_display().lower()}.")
        if (row.address_v4, row.address_v6) != (v4, v6):
            _update(row, address_v4=v4, address_v6=v6, written=False, next_poll_at=Now())
            journal.audit(row, "committed", actor=actor, address=v4)
            journal.say(row, f"{row.fqdn} is to point at {v4}.")
        journal.wake(row)
        return selectors.status_of(row)


def acme_account(*, move_id: uuid.UUID) -> AcmeAccount:
    """The account a Sovereign gets its certificate with. Raises UnknownMove, NotFound."""
    row = selectors.get(move_id)
    return AcmeAccount(
        username=str(row.acme_username), subdomain=str(row.pk), key=vault.get(row.acme_key_ref)
    )


def check_now(*, move_id: uuid.UUID, actor: str) -> MoveStatus:
    """Look at once instead of later. Raises UnknownMove, NotInThisState."""
    with transaction.atomic():
        row = selectors.locked(move_id)
        if row.state in (*ENDED, MoveState.FAILED):
            raise NotInThisState(f"{row.fqdn} is {row.get_state_display().lower()}.")
        _update(row, next_poll_at=Now())
        journal.wake(row)
        return selectors.status_of(row)


def cancel(*, move_id: uuid.UUID, actor: str) -> MoveStatus:
    """What it was for is not wanted any more. See `release`."""
    return release(move_id=move_id, actor=actor)


def _update(row: DomainMove, **fields: Any) -> None:
    DomainMove.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
