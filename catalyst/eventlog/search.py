"""Find lines of one stream, in rows and chunks alike. One look scans a bounded number of lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from catalyst.eventlog import chunks
from catalyst.eventlog.models import Chunk, Entry, Stream
from catalyst.eventlog.services import as_entries

SCANNED = 100_000  # lines a look
NO_END = 2**62
RANKS = ("info", "warn", "error")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text` in any case, anywhere in the line; `level` means that or worse; empty means any."""

    text: str = ""
    level: str = "info"
    phase: str = ""

    @property
    def levels(self) -> tuple[str, ...]:
        return RANKS[RANKS.index(self.level) :]

    @property
    def everything(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Found:
    """`count` lines match among those after `after` and up to `scanned_to`; `entries` are the first
    of them. `next` is the `after` of the next look; None when there is nothing more."""

    entries: list[dict[str, Any]]
    count: int
    scanned_to: int
    last_seq: int
    next: int | None


@dataclass(frozen=True, slots=True)
class Matches:
    """`ranges` are first, last, first, last … of the `count` lines that match, among those after
    `after` and up to `scanned_to`. `next` is the `after` of the next look, None at the end."""

    ranges: list[int]
    count: int
    scanned_to: int
    last_seq: int
    next: int | None


def search(
    subject: str, wanted: Wanted, *, after: int = 0, until: int = NO_END, limit: int = 200
) -> Found:
    """Matches with `after` < seq ≤ `until`, in order; scans at most `SCANNED` lines."""
    stream = Stream.objects.filter(subject=subject).first()
    if stream is None:
        return Found([], 0, 0, 0, None)
    end = min(stream.last_seq, until)
    scanned_to = max(after, min(end, after + SCANNED))
    found, lines = _look(stream, wanted, after, scanned_to, limit)
    entries = _entries(stream, found[:limit], lines)
    more = found[limit - 1] if len(found) > limit else scanned_to
    return Found(entries, len(found), scanned_to, stream.last_seq, more if more < end else None)


def matches(subject: str, wanted: Wanted, *, after: int = 0, until: int = NO_END) -> Matches:
    """Where all matches of one look stand: what a view of a million lines needs to know of them."""
    stream = Stream.objects.filter(subject=subject).first()
    if stream is None:
        return Matches([], 0, 0, 0, None)
    end = min(stream.last_seq, until)
    scanned_to = max(after, min(end, after + SCANNED))
    found, _ = _look(stream, wanted, after, scanned_to, 0)
    more = scanned_to if scanned_to < end else None
    return Matches(_ranges(found), len(found), scanned_to, stream.last_seq, more)


def _ranges(seqs: list[int]) -> list[int]:
    """Sorted numbers → first, last of each run without a gap."""
    ends: list[int] = []
    for seq in seqs:
        if ends and ends[-1] == seq - 1:
            ends[-1] = seq
        else:
            ends += [seq, seq]
    return ends


def _look(
    stream: Stream, wanted: Wanted, after: int, until: int, limit: int
) -> tuple[list[int], dict[int, str]]:
    """Sorted seqs of all matches, and the JSON of the first that are packed."""
    # Rows first: what is packed in between is then found in its chunk, at worst twice.
    found = set(_in_rows(stream, wanted, after, until).values_list("seq", flat=True))
    lines: dict[int, str] = {}
    for seq, line in _in_chunks(stream, wanted, after, until):
        found.add(seq)
        if len(lines) < limit:
            lines[seq] = line
    return sorted(found), lines


def _in_rows(stream: Stream, wanted: Wanted, after: int, until: int) -> QuerySet[Entry]:
    rows = Entry.objects.filter(stream=stream, seq__gt=after, seq__lte=until)
    if wanted.level != RANKS[0]:
        rows = rows.filter(level__in=wanted.levels)
    if wanted.phase:
        rows = rows.filter(phase=wanted.phase)
    if wanted.text:
        rows = rows.alias(low=Lower("text")).filter(low__contains=wanted.text.lower())
    return rows


def _in_chunks(stream: Stream, wanted: Wanted, after: int, until: int) -> Iterator[tuple[int, str]]:
    """Seq and JSON of matching entries. Only doubtful lines are parsed: parsing all is too slow."""
    text = wanted.text.lower()
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    levels = [f'"level": "{level}"' for level in wanted.levels] if wanted.level != RANKS[0] else []
    phase = f'"phase": {json.dumps(wanted.phase, ensure_ascii=False)}' if wanted.phase else ""
    mark = escaped or phase.lower() or (levels[0] if len(levels) == 1 else "")
    within = Chunk.objects.filter(stream=stream, last_seq__gt=after, first_seq__lte=until)
    for chunk in within.defer("lines").order_by("first_seq"):
        for seq, line in chunks.lines_with(chunk, mark):
            head, shown = chunks.head_and_text(line)
            if (
                after < seq <= until
                and escaped in shown.lower()
                and phase in head
                and (not levels or any(level in head for level in levels))
                # An escape may hold the letters that are looked for.
                and ("\\" not in shown or text in json.loads(line)["text"].lower())
            ):
                yield seq, line


def _entries(stream: Stream, seqs: list[int], lines: dict[int, str]) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(stream=stream, seq__in=[seq for seq in seqs if seq not in lines])
    found = {entry["seq"]: entry for entry in as_entries(rows)}
    found |= {seq: json.loads(lines[seq]) for seq in seqs if seq in lines}
    return [found[seq] for seq in seqs if seq in found]
