"""What a person does with a domain that has begun: go on, go back, give up. Rows and promises."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from dns.byo import journal, machine, sealed, selectors
from dns.byo import records as zone_records
from dns.byo.beginning import begin, is_typed
from dns.byo.models import ENDED, DomainMove, Mode, MoveState, Step
from dns.byo.problems import (
    CredentialsGone,
    NothingToRestore,
    NotInThisState,
    WrongAcknowledgement,
)
from dns.byo.values import MoveStatus, Record
from dns.registrars import services as registrars


def resume(
    *,
    move_id: uuid.UUID,
    actor: str,
    credentials: registrars.Credentials | None = None,
    acknowledgement: str = "",
    records: Sequence[Record] | None = None,
) -> MoveStatus:
    """Go on after it stopped, or begin again what was given up or brought back.

    The status may be of another move then. `acknowledgement` and `records` (instead of the earlier
    ones) as at `begin`. Raises UnknownMove, NotInThisState, CredentialsGone, WrongAcknowledgement,
    BadRecord, and what `begin` raises.
    """
    with transaction.atomic():
        row = selectors.locked(move_id)
        _take(row, acknowledgement, records)
        if row.state in (*ENDED, MoveState.RELEASING):
            return _begin_again(row, actor=actor, credentials=credentials)
        if row.state != MoveState.FAILED:
            raise NotInThisState(f"{row.fqdn} is {row.get_state_display().lower()}.")
        step = _step_to_resume(row)
        needed = row.mode == Mode.REGISTRAR and step not in (Step.PROPAGATION, Step.PUBLISH_DS)
        _give(row, credentials, needed=needed)
        machine.move(
            row,
            machine.state_of(step),
            step=step,
            problem={},
            words="We go on.",
            needs=[],
            job="",
            rounds=0,
            agreeing=0,
            polling_at=None,
            warned_24_at=None,
            warned_48_at=None,
            next_poll_at=Now(),
        )
        journal.audit(row, "resumed", actor=actor, step=step)
        journal.say(row, "It goes on.")
        journal.wake(row)
        return selectors.status_of(row)


def restore(
    *,
    move_id: uuid.UUID,
    actor: str,
    confirm: str,
    credentials: registrars.Credentials | None = None,
) -> MoveStatus:
    """Bring the earlier name servers (and DS) back; our zone stays until nobody is sent to it.

    Without credentials a person does it by hand, and we watch. Raises UnknownMove,
    WrongAcknowledgement, NotInThisState, NothingToRestore.
    """
    with transaction.atomic():
        row = selectors.locked(move_id)
        if not is_typed(confirm, row.fqdn):
            raise WrongAcknowledgement(f"Type {row.fqdn}, exactly.", field="confirm")
        if row.state not in selectors.RESTORABLE:
            raise NotInThisState(f"{row.fqdn} is {row.get_state_display().lower()}.")
        if "taken_at" not in row.snapshot:
            raise NothingToRestore("We never saw other name servers than ours at its parent.")
        _give(row, credentials, needed=False)
        machine.move(
            row,
            MoveState.RESTORING,
            problem={},
            words="We bring the earlier name servers back.",
            needs=[],
            job="",
            rounds=0,
            agreeing=0,
            polling_at=None,
            left_at=None,
            next_poll_at=Now(),
        )
        journal.audit(row, "restore", actor=actor, to=row.snapshot.get("ns", []))
        journal.say(row, "The earlier name servers come back.", level="warn")
        journal.wake(row)
        return selectors.status_of(row)


def release(*, move_id: uuid.UUID, actor: str) -> MoveStatus:
    """Give the domain up. The credentials go now; the zone once the parent sends nobody here.

    Twice is fine. Raises UnknownMove.
    """
    with transaction.atomic():
        row = selectors.locked(move_id)
        if row.state in (*ENDED, MoveState.RELEASING):
            return selectors.status_of(row)
        sealed.forget(row)
        machine.move(
            row,
            MoveState.RELEASING,
            problem={},
            words="We see whether the parent still sends people here.",
            needs=[],
            job="",
            rounds=0,
            agreeing=0,
            left_at=None,
            next_poll_at=Now(),
        )
        journal.audit(row, "released", actor=actor)
        journal.say(row, f"{row.fqdn} is given up.", level="warn")
        journal.wake(row)
        return selectors.status_of(row)


def _begin_again(
    row: DomainMove, *, actor: str, credentials: registrars.Credentials | None
) -> MoveStatus:
    if row.mode == Mode.REGISTRAR and credentials is None:
        raise CredentialsGone(
            "They were forgotten when the domain was given up. Give them again.",
            field="credentials",
        )
    begun = begin(
        domain=row.fqdn,
        mode=row.mode,
        owner=row.owner,
        account=row.account,
        actor=actor,
        idempotency_key=f"{row.idempotency_key[:80]}:{secrets.token_hex(8)}",
        registrar=row.registrar,
        credentials=credentials,
        acknowledgement=row.fqdn if row.acknowledged else "",
        records=[Record.of_json(one) for one in row.records],
        contact=row.contact,
    )
    return selectors.status_of(selectors.get(begun.move_id))


def _take(row: DomainMove, acknowledgement: str, given: Sequence[Record] | None) -> None:
    if acknowledgement:
        if not is_typed(acknowledgement, row.fqdn):
            raise WrongAcknowledgement(f"Type {row.fqdn}, exactly.", field="acknowledgement")
        _update(row, acknowledged=True)
    if given is not None:
        checked = zone_records.checked(given, domain=row.fqdn)
        _update(row, records=[one.as_json() for one in checked], written=False)


def _step_to_resume(row: DomainMove) -> str:
    """Steps look before they act, so that going back a little costs little."""
    if row.step in machine.FORWARD:
        if row.step in (Step.PROPAGATION, Step.PUBLISH_DS):
            return row.step
        return Step.ZONE if row.snapshot and row.proved_at else Step.PREFLIGHT
    return row.step


def _give(row: DomainMove, credentials: registrars.Credentials | None, *, needed: bool) -> None:
    """Keep new credentials; raises CredentialsGone when there are none and they are needed."""
    if credentials is not None and row.registrar:
        sealed.forget(row)
        _update(row, credentials_ref=sealed.seal(row.pk, row.registrar, credentials))
    elif needed and sealed.open_(row) is None:
        raise CredentialsGone(
            "They are kept only while they are needed. Give them again.", field="credentials"
        )


def _update(row: DomainMove, **fields: Any) -> None:
    DomainMove.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
