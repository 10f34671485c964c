"""Operators add and remove words; every change is a version, an audit row and one transaction.

A change is about new names only: a name that is held stays held.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.problem import Conflict, Invalid, NotFound
from dns.names import InvalidName, Words, normalise
from dns.reserved.models import ReservedList, ReservedWord
from dns.reserved.seed import entries

_PATTERN = re.compile(r"(?=.*[*?\[])[a-z0-9*?\[\]!-]{2,63}")
LONGEST_REASON = 200
# Version and time of change: a version that was rolled back may come again with other words.
Mark = tuple[int, datetime]
_known: tuple[Mark, Words] | None = None


class AlreadyReserved(Conflict):
    type = "already-reserved"
    title = "This word is on the list already"


class NotReserved(NotFound):
    type = "not-found"
    title = "This word is not on the list"


class BadWord(Invalid):
    type = "invalid-word"
    title = "This cannot be reserved"


def current() -> Words:
    """The list as it is now. A process keeps what it read last, and reads again after a change."""
    global _known
    mark = _mark() or _plant()
    if _known is None or _known[0] != mark:
        _known = (mark, at(mark[0]))
    return _known[1]


def at(version: int) -> Words:
    """The list as it was in a version."""
    rows = ReservedWord.objects.filter(since__lte=version).filter(
        Q(until__isnull=True) | Q(until__gt=version)
    )
    exact = {row.word: row.reason for row in rows if not row.pattern}
    patterns = [(row.word, row.reason) for row in rows if row.pattern]
    return Words.of(version=version, exact=exact, patterns=patterns)


def add(*, word: str, reason: str, actor: str) -> Words:
    """Reserve a label or a pattern of labels from now on; returns the new list.

    Raises BadWord, AlreadyReserved.
    """
    text, pattern = _read(word)
    why = reason.strip().rstrip(".")
    if not 0 < len(why) <= LONGEST_REASON:
        raise BadWord(f"Say why, in up to {LONGEST_REASON} characters.", field="reason")
    with transaction.atomic():
        version = _next_version()
        if ReservedWord.objects.filter(word=text, until__isnull=True).exists():
            raise AlreadyReserved(f"“{text}” is reserved already.", field="word")
        ReservedWord.objects.create(
            word=text, pattern=pattern, reason=why, since=version, added_by=actor, added_at=Now()
        )
        after = {"word": text, "reason": why, "version": version}
        record(actor=actor, act="dns.word-reserved", object=f"reserved-word:{text}", after=after)
        return at(version)


def remove(*, word: str, actor: str) -> Words:
    """Let a label be taken again; returns the new list. Raises NotReserved."""
    text = word.strip().lower()
    with transaction.atomic():
        version = _next_version()
        row = ReservedWord.objects.filter(word=text, until__isnull=True).first()
        if row is None:
            raise NotReserved(f"“{text}” is not reserved.", field="word")
        row.until = version
        row.save(update_fields=["until"])
        record(
            actor=actor,
            act="dns.word-freed",
            object=f"reserved-word:{text}",
            before={"word": text, "reason": row.reason},
            after={"version": version},
        )
        return at(version)


def _next_version() -> int:
    """Lock the list and count one on: two operators' changes follow each other."""
    _mark() or _plant()
    row = ReservedList.objects.select_for_update().get()
    ReservedList.objects.update(version=F("version") + 1, changed_at=Now())
    return row.version + 1


def _mark() -> Mark | None:
    return ReservedList.objects.values_list("version", "changed_at").first()


def _plant() -> Mark:
    """Start with the list we ship. A migration has done so, but tables can be emptied."""
    with transaction.atomic():
        fresh = ReservedList(version=1, changed_at=Now())
        ReservedList.objects.bulk_create([fresh], ignore_conflicts=True)
        ReservedList.objects.select_for_update().get()
        if not ReservedWord.objects.exists():
            kept = {"since": 1, "added_by": "system:seed", "added_at": Now()}
            ReservedWord.objects.bulk_create(
                ReservedWord(word=each.word, pattern=each.pattern, reason=each.reason, **kept)
                for each in entries()
            )
    return ReservedList.objects.values_list("version", "changed_at").get()


def _read(word: str) -> tuple[str, bool]:
    """The word as names are compared with it, and whether it is a pattern. Raises BadWord."""
    text = word.strip().lower()
    if _PATTERN.fullmatch(text):
        if not re.search("[a-z0-9]", text):
            raise BadWord(
                "A pattern needs a letter or digit: “*” would be every name.", field="word"
            )
        return text, True
    try:
        return normalise(label=text, domain="example").label, False
    except InvalidName as problem:
        raise BadWord(problem.detail, field="word") from problem
