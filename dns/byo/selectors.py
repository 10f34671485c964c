"""Reads: how a move is, and everything its panel shows. Nothing here asks the outside."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from catalyst.audit.selectors import owned
from catalyst.eventlog.services import permit
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed
from catalyst.identity.refusals import note_foreign
from catalyst.work.clock import database_now
from dns.byo import machine
from dns.byo.instructions import instructions_of
from dns.byo.models import ENDED, DomainMove, Mode, MoveState, Step
from dns.byo.names import challenge_name
from dns.byo.problems import UnknownMove
from dns.byo.schedule import WARN_AGAIN, WARN_FIRST
from dns.byo.values import Asked, MoveStatus, Panel, Round, ServerAnswer
from dns.registrars.values import hosts

RESTORABLE = (
    MoveState.PENDING_FLIP,
    MoveState.PROPAGATING,
    MoveState.DELEGATED,
    MoveState.ACTIVE,
    MoveState.FAILED,
    MoveState.RELEASING,
)
AWAY = "ns-away"  # a need: the parent should name others, so that the zone may go


def get(move_id: uuid.UUID) -> DomainMove:
    """Raises UnknownMove."""
    row = DomainMove.objects.filter(pk=move_id).first()
    if row is None:
        raise UnknownMove("No domain was ever brought under this id.")
    return row


def locked(move_id: uuid.UUID) -> DomainMove:
    """The same until the end of the transaction. Raises UnknownMove."""
    row = DomainMove.objects.select_for_update().filter(pk=move_id).first()
    if row is None:
        raise UnknownMove("No domain was ever brought under this id.")
    return row


def moves(*, account: str = "") -> QuerySet[DomainMove]:
    """Newest first; of one account, or of all."""
    rows = DomainMove.objects.order_by("-created_at", "-pk")
    return rows.filter(account=account) if account else rows


def living() -> QuerySet[DomainMove]:
    """Those that have not ended."""
    return DomainMove.objects.exclude(state__in=ENDED)


def may_see(user: object, move_id: uuid.UUID | str) -> bool:
    """Whose domain it is, and operators."""
    if not isinstance(user, User):
        return False
    try:
        row = get(uuid.UUID(str(move_id)))
    except (UnknownMove, ValueError):
        return False
    return row.account == user.account or allowed(user, "operate")


def must_see(user: User, move_id: uuid.UUID) -> None:
    """Raises UnknownMove for what is not there or not theirs: no hints."""
    if may_see(user, move_id):
        return
    if DomainMove.objects.filter(pk=move_id).exists():
        note_foreign(user, f"domain:{move_id}")
    raise UnknownMove("There is no such domain, or it is not yours.")


permit("domain", may_see)
owned("domain", lambda user: moves(account=user.account))


def challenge_of(row: DomainMove) -> tuple[str, str]:
    """Name and value of the TXT record that proves ownership."""
    return challenge_name(row.fqdn), row.challenge


def status_of(row: DomainMove) -> MoveStatus:
    return MoveStatus(
        move_id=row.pk,
        fqdn=row.fqdn,
        mode=row.mode,
        registrar=row.registrar,
        state=row.state,
        step=row.step,
        words=row.words,
        verdict=row.verdict,
        delegated=row.state in machine.HERE,
        settled=row.zone_made and row.written,
        failed=row.state == MoveState.FAILED,
        parked=row.state == MoveState.RELEASING and AWAY in row.needs,
        gone=row.state in ENDED,
        problem=row.problem,
        next_poll_at=row.next_poll_at,
        address_v4=row.address_v4,
        address_v6=row.address_v6,
        owner=row.owner,
    )


def panel_of(row: DomainMove) -> Panel:
    last = Round.of_json(row.answers)
    since = row.polling_at or row.created_at
    ended = row.delegated_at or row.ended_at
    age = max((ended or database_now()) - since, timedelta(0))
    late = "48" if age >= WARN_AGAIN else "24" if age >= WARN_FIRST else ""
    waiting = row.state in (MoveState.PENDING_FLIP, MoveState.PROPAGATING)
    restorable = row.state in RESTORABLE and "taken_at" in row.snapshot
    return Panel(
        status=status_of(row),
        parent=_shown(last, "parent"),
        ours=_shown(last, "ours"),
        resolvers=_shown(last, "resolver"),
        next_poll_at=row.next_poll_at,
        nameservers=hosts(settings.CATALYST.nameservers),
        ds=tuple(row.own_ds) if row.state == MoveState.ACTIVE else (),
        challenge=challenge_of(row) if "txt" in row.needs else None,
        needs=tuple(row.needs),
        instructions=instructions_of(row),
        can_check=row.state not in (*ENDED, MoveState.FAILED),
        can_resume=row.state == MoveState.FAILED,
        can_restore=restorable,
        wants_credentials=row.mode == Mode.REGISTRAR
        and not row.credentials_ref
        and (restorable or row.state == MoveState.FAILED),
        snapshot=row.snapshot,
        age_hours=int(age.total_seconds() // 3600),
        late=late if waiting else "",
        mixed=row.verdict == "mixed",
        version=_version(row),
        steps=_steps(row),
    )


def _shown(last: Round, group: str) -> tuple[ServerAnswer, ...]:
    return tuple(_answer(one) for one in last.of(group))


def _answer(asked: Asked) -> ServerAnswer:
    at = asked.seen_at
    return ServerAnswer(
        server=asked.server,
        address=asked.address,
        answer=asked.answer,
        ttl=asked.ttl,
        at=at,
        expires_at=None if asked.ttl is None else at + timedelta(seconds=asked.ttl),
        ok=asked.ok,
        problem=asked.problem,
    )


def _version(row: DomainMove) -> str:
    parts = (
        row.state, row.step, row.words, row.verdict, row.needs, row.answers, row.next_poll_at,
        row.address_v4, row.written, bool(row.credentials_ref),
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _steps(row: DomainMove) -> tuple[tuple[str, str, str], ...]:
    """The steps of the way it is on, with how far it is."""
    back = row.state in (MoveState.RESTORING, MoveState.RELEASING)
    way = machine.STEPS[row.state][0] if back else machine.FORWARD
    at = way.index(row.step) if row.step in way else len(way)
    return tuple(
        (step, str(Step(step).label), "done" if i < at else "now" if i == at else "todo")
        for i, step in enumerate(way)
    )
