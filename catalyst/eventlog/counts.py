"""How many lines of a stream are of which level and phase, in rows and chunks alike. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from catalyst.eventlog import chunks
from catalyst.eventlog.models import Chunk, Entry, Stream
from catalyst.eventlog.search import NO_END, SCANNED

TRIES = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """`of` are level, phase and number, among the lines after `after` and up to `scanned_to`;
    `next` is the `after` of the next look, None at the end."""

    of: list[tuple[str, str, int]]
    scanned_to: int
    last_seq: int
    next: int | None


def count(subject: str, *, after: int = 0, until: int = NO_END) -> Counts:
    """One look over at most `SCANNED` lines with `after` < seq ≤ `until`."""
    stream = Stream.objects.filter(subject=subject).first()
    if stream is None:
        return Counts([], 0, 0, None)
    end = min(stream.last_seq, until)
    scanned_to = max(after, min(end, after + SCANNED))
    found: Counter[chunks.Kind] = Counter()
    for _ in range(TRIES):
        found = _rows(stream, after, scanned_to) + _chunks(stream, after, scanned_to)
        if found.total() == scanned_to - after:
            break  # else a chunk was made in between; or the log is damaged, which `verify` tells
    of = [(level, phase, number) for (level, phase), number in sorted(found.items())]
    return Counts(of, scanned_to, stream.last_seq, scanned_to if scanned_to < end else None)


def count_all(subject: str) -> Counter[chunks.Kind]:
    """The same over the whole stream."""
    found: Counter[chunks.Kind] = Counter()
    after: int | None = 0
    while after is not None:
        look = count(subject, after=after)
        for level, phase, number in look.of:
            found[level, phase] += number
        after = look.next
    return found


def _rows(stream: Stream, after: int, until: int) -> Counter[chunks.Kind]:
    rows = Entry.objects.filter(stream=stream, seq__gt=after, seq__lte=until)
    kinds = rows.order_by().values_list("level", "phase").annotate(number=Count("*"))
    return Counter({(level, phase): number for level, phase, number in kinds})


def _chunks(stream: Stream, after: int, until: int) -> Counter[chunks.Kind]:
    found: Counter[chunks.Kind] = Counter()
    within = Chunk.objects.filter(stream=stream, last_seq__gt=after, first_seq__lte=until)
    for chunk in within.defer("lines"):
        found += chunks.kinds(chunk, after, until)
    return found
