"""Ask for a second person, answer as one, use the answer once."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse

from catalyst.audit.services import record
from catalyst.four_eyes.acts import known
from catalyst.four_eyes.models import Approval
from catalyst.four_eyes.problems import NotOpen, SamePerson, SecondPersonNeeded
from catalyst.identity.models import User
from catalyst.identity.refusals import note_foreign
from catalyst.problem import NotFound

KEPT = timedelta(hours=24)
LISTED = 200
Asked = Mapping[str, Any]


def wanted() -> bool:
    """Does this installation ask for a second person at all? (`CATALYST_FOUR_EYES`)"""
    return bool(settings.CATALYST.four_eyes)


def ask(
    *,
    act: str,
    object: str,
    asked: Asked,
    words: str,
    actor: User,
    request: HttpRequest | None = None,
) -> None:
    """Before the act's transaction: pass if somebody agreed to exactly this, else ask.

    `asked`: all that the second person's word is to hold for, as plain JSON; anything else in it
    later needs another word. `words`: the same for a person. Raises SecondPersonNeeded, also each
    time it is asked again while nobody has agreed.
    """
    mine = _live().filter(act=act, object=object, digest=digest_of(asked), asked_by=actor)
    if any(_counts(row) for row in mine.filter(agreed=True)):
        return
    waiting = mine.filter(agreed=None).first()
    if waiting is None:
        with transaction.atomic():
            waiting = Approval.objects.create(
                act=act,
                object=object,
                digest=digest_of(asked),
                words=words[:2000],
                asked_by=actor,
                until=Now() + KEPT,
            )
            _record(waiting, actor, "asked", request)
        waiting.refresh_from_db()
    raise _needed(waiting)


def use(*, act: str, object: str, asked: Asked, actor: User) -> str:
    """Inside the act's transaction: take the word that was given, and say whose it is.

    Raises SecondPersonNeeded when there is none (any more).
    """
    given = _live().filter(
        act=act, object=object, digest=digest_of(asked), asked_by=actor, agreed=True
    )
    for row in given.select_for_update(of=("self",)):
        if _counts(row):
            row.used_at = Now()
            row.save(update_fields=["used_at"])
            return str(row.answered_by)
    raise SecondPersonNeeded("Nobody has agreed to exactly this, or it was done already. Ask anew.")


def find(*, approval_id: uuid.UUID, user: User) -> Approval:
    """For who asked and whoever may answer. Raises NotFound: no hints for others."""
    rows = Approval.objects.select_related("asked_by", "answered_by")
    row = rows.filter(pk=approval_id).first()
    if row is None or not (row.asked_by_id == user.pk or may_agree(user, row)):
        if row is not None:
            note_foreign(user, row.object)
        raise NotFound("Nothing like this waits for you.")
    return row


def answer(
    *, approval_id: uuid.UUID, user: User, agree: bool, request: HttpRequest | None = None
) -> Approval:
    """The second person's word. Who asked may say no (and takes it back), never yes.

    Raises NotFound, SamePerson, NotOpen.
    """
    find(approval_id=approval_id, user=user)
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(pk=approval_id)
        if agree and row.asked_by_id == user.pk:
            raise SamePerson("You asked for it yourself. Somebody else has to agree.")
        if row.agreed is not None or not _live().filter(pk=row.pk).exists():
            raise NotOpen("It was answered, or its time is up. Ask anew if it is still wanted.")
        row.agreed, row.answered_at = agree, Now()
        row.answered_by = None if row.asked_by_id == user.pk else user
        row.save(update_fields=["agreed", "answered_at", "answered_by"])
        _record(row, user, "agreed" if agree else "refused", request)
    row.refresh_from_db()
    return row


def waiting_for(user: User) -> list[Approval]:
    """What this person may answer now, newest first."""
    open_ones = _live().filter(agreed=None).exclude(asked_by=user)[:LISTED]
    return [row for row in open_ones if may_agree(user, row)]


def asked_by(user: User) -> list[Approval]:
    """What this person asked for of late, newest first."""
    return list(_rows().filter(asked_by=user, asked_at__gt=Now() - 7 * KEPT)[:LISTED])


def open_on(object: str) -> list[Approval]:
    """What waits for a second person, and what somebody agreed to and was not done yet."""
    return [row for row in _live().filter(object=object) if row.agreed is not False]


def is_live(row: Approval) -> bool:
    """Its time is not up, and it was not used."""
    return _live().filter(pk=row.pk).exists()


def may_agree(user: User, row: Approval) -> bool:
    """May this person say yes to it, now?"""
    act = known(row.act)
    able = user.is_active and row.asked_by_id != user.pk
    return able and act is not None and act.may_agree(user, row.object)


def digest_of(asked: Asked) -> str:
    """64 hex digits of the canonical JSON."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _rows() -> QuerySet[Approval]:
    return Approval.objects.select_related("asked_by", "answered_by")


def _live() -> QuerySet[Approval]:
    return _rows().filter(until__gt=Now(), used_at=None)


def _counts(row: Approval) -> bool:
    """A word holds while who gave it still could give it."""
    return row.answered_by is not None and may_agree(row.answered_by, row)


def _needed(row: Approval) -> SecondPersonNeeded:
    page = reverse("approval", args=[row.pk])
    return SecondPersonNeeded(
        f"Nothing was done. Have somebody who may agree open {page} within 24 hours, then do this "
        "again.",
        approval=str(row.pk),
        page=page,
        until=row.until.isoformat(),
    )


def _record(row: Approval, actor: User, verb: str, request: HttpRequest | None) -> None:
    record(
        actor=str(actor),
        act=f"four-eyes.{verb}",
        object=row.object,
        after={
            "approval": str(row.pk),
            "act": row.act,
            "what": row.words,
            "asked_by": str(row.asked_by),
        },
        request=request,
    )
