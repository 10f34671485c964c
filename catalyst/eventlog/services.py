"""Append lines, read lines after N. The lease holder appends under its fence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Func, QuerySet, TextField
from django.db.models.functions import Cast, Now
from django.utils import timezone
from django.utils.translation import override

from catalyst.eventlog import chunks
from catalyst.eventlog.chain import chain_hash, link, spell
from catalyst.eventlog.models import Entry, Stream
from catalyst.eventlog.redaction import Redactor
from catalyst.eventlog.wake import wake
from catalyst.identity.models import User

__all__ = [
    "Line",
    "Page",
    "append",
    "chain_hash",
    "finish",
    "home_of",
    "is_there",
    "may_read",
    "permit",
    "read",
    "reopen",
    "tail",
]

Permission = Callable[[User, str], bool]
Home = Callable[[str], str]  # key → path of the page the log belongs to
_permissions: dict[str, Permission] = {}
_homes: dict[str, Home] = {}
NO_SECRETS = Redactor()
LONGEST_TEXT = 16 * 1024  # characters; longer lines go on in further entries
COMPACT_AFTER = timedelta(hours=1)
END = 2**62  # no line is as far
# `chain.spell` in SQL.
SPELLED = Func(
    "at",
    template="to_char(%(expressions)s AT TIME ZONE 'UTC', "
    """'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
    output_field=TextField(),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line to append. `level` is info, warn or error."""

    text: str
    level: str = "info"
    phase: str = ""
    source: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def permit(kind: str, may_read: Permission, home: Home | None = None) -> None:
    """An app says who may read streams whose subject is `<kind>:<id>`, and where they belong."""
    _permissions[kind] = may_read
    if home:
        _homes[kind] = home


def home_of(subject: str) -> str:
    """Path of the page this log belongs to; empty when it has none."""
    kind, _, key = subject.partition(":")
    home = _homes.get(kind)
    return home(key) if home else ""


def may_read(user: User, subject: str) -> bool:
    """May this person read this stream now? Unknown kinds: no. Nor before their own password is
    set: WebSockets do not pass the middleware that asks for it."""
    kind, _, key = subject.partition(":")
    check = _permissions.get(kind)
    return bool(check and user.is_active and not user.must_set_password and check(user, key))


def is_there(subject: str) -> bool:
    """Was a line ever written to it?"""
    return Stream.objects.filter(subject=subject).exists()


def append(subject: str, lines: Iterable[Line], *, redactor: Redactor = NO_SECRETS) -> int:
    """Store lines in order and return the last seq. Joins the caller's (fenced) transaction.

    Stream row first, so that concurrent writers queue up and seq has no gaps; the rows go in by
    COPY; readers are woken after commit. A line longer than `LONGEST_TEXT` goes on in further
    entries, whose data say `{"continues": <seq of the first>}`; it is cut after redaction.
    """
    batch = list(lines)
    with transaction.atomic():
        stream = _locked(subject)
        if not batch:
            return stream.last_seq
        now = timezone.now()
        rows = list(_rows_of(batch, stream, now, redactor))
        _copy(rows)
        if stream.finished_at is not None:  # a late line: it is packed like the others
            stream.compact_at = Now() + COMPACT_AFTER
        stream.save(update_fields=["last_seq", "chain", "compact_at"])
        last = stream.last_seq
        transaction.on_commit(lambda: wake(subject, last))
    return last


def _locked(subject: str) -> Stream:
    stream = Stream.objects.select_for_update().filter(subject=subject).first()
    if stream is None:
        Stream.objects.get_or_create(subject=subject)
        stream = Stream.objects.select_for_update().get(subject=subject)
    return stream


def _rows_of(
    batch: list[Line], stream: Stream, now: datetime, redactor: Redactor
) -> Iterator[tuple[Any, ...]]:
    """Rows in order of the columns; moves the stream's seq and hash on."""
    stamp = spell(now)
    # The log speaks one language, whoever looks: what it quotes of tofu and Flux does too.
    with override(settings.LANGUAGE_CODE):
        texts = redactor.clean_lines([str(line.text) for line in batch])
    for line, text in zip(batch, texts, strict=True):
        data = json.dumps(_clean(line.data, redactor)) if line.data else "{}"
        first = stream.last_seq + 1
        for start in range(0, max(len(text), 1), LONGEST_TEXT):
            part = text[start : start + LONGEST_TEXT]
            stream.last_seq += 1
            stream.chain = link(stream.chain, stream.last_seq, stamp, line.level, line.phase, part)
            extra = data if not start else json.dumps({"continues": first})
            yield (
                *(stream.pk, stream.last_seq, now),
                *(line.level, line.phase, line.source, part, extra),
            )


def _clean(value: Any, redactor: Redactor) -> Any:
    """JSON data with every text in it cleaned; spelled as JSON, control characters would hide."""
    if isinstance(value, str):
        return redactor.clean(value)
    if isinstance(value, dict):
        return {
            redactor.clean(str(key)): redactor.clean_named(str(key), item)
            if isinstance(item, str)
            else _clean(item, redactor)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_clean(item, redactor) for item in value]
    return value


def _copy(rows: list[tuple[Any, ...]]) -> None:
    statement = (
        "COPY eventlog_entry (stream_id, seq, at, level, phase, source, text, data) FROM STDIN"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def finish(subject: str) -> None:
    """Mark the end of the log: readers may stop waiting, and after a while its rows are packed."""
    changes = {"finished_at": Now(), "compact_at": Now() + COMPACT_AFTER}
    Stream.objects.filter(subject=subject).update(**changes)
    transaction.on_commit(lambda: wake(subject, 0))


def reopen(subject: str) -> None:
    """A retry writes on in the same stream."""
    Stream.objects.filter(subject=subject).update(finished_at=None, compact_at=None)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries after a seq, with what a client needs to say "complete, hash ok"."""

    entries: list[dict[str, Any]]
    last_seq: int
    chain: str
    finished: bool

    def reaches_the_end(self, after: int) -> bool:
        """Whether a reader who was at `after` has all there is, once he has this page."""
        return (self.entries[-1]["seq"] if self.entries else after) >= self.last_seq


def read(subject: str, *, after: int = 0, limit: int = 500) -> Page:
    """At most `limit` entries with seq > `after`, in order. An unknown stream is empty.

    A page may hold fewer than `limit` and not be the last: see `Page.reaches_the_end`.
    """
    stream = Stream.objects.filter(subject=subject).first()
    if stream is None:
        return Page([], 0, "", False)
    # Nothing newer than `last_seq`: the chain of the page must be the chain of its last entry.
    limit = min(limit, stream.last_seq - after)
    entries = rows_after(stream, after=after, limit=limit) if limit > 0 else []
    if limit > 0 and (not entries or entries[0]["seq"] != after + 1):
        # Packed, perhaps this very moment: rows go in the transaction that brings their chunk,
        # so what the first look missed the second one finds.
        entries = chunks.entries_after(stream.pk, after, limit)
    return Page(entries, stream.last_seq, stream.chain, stream.finished_at is not None)


def tail(subject: str, *, limit: int) -> Page:
    """The last `limit` entries; fewer when they lie in two chunks, or when lines come meanwhile."""
    last = read(subject, after=END, limit=1).last_seq
    after = max(0, last - limit)
    page = read(subject, after=after, limit=limit)
    if page.entries and page.reaches_the_end(after):
        return page
    return replace(page, entries=[])


def rows_after(stream: Stream, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries that are still rows, as readers get them."""
    rows = Entry.objects.filter(stream=stream, seq__gt=after, seq__lte=after + limit)
    return as_entries(rows.order_by("seq"))


def as_entries(rows: QuerySet[Entry]) -> list[dict[str, Any]]:
    """Rows as readers get them, in the order of the query.

    PostgreSQL spells times, and data that are empty are not parsed: half of the time of a page.
    """
    found = rows.values_list(
        "seq", SPELLED, "level", "phase", "source", "text", Cast("data", TextField())
    )
    return [
        {
            "seq": seq,
            "at": at,
            "level": level,
            "phase": phase,
            "source": source,
            "text": text,
            "data": {} if data == "{}" else json.loads(data),
        }
        for seq, at, level, phase, source, text, data in found
    ]
