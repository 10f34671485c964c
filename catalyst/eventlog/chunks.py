"""Entries of finished streams, packed. Knows how a chunk is written and read, not when it is made.

A chunk is bounded in lines and in bytes, so that a reader never unpacks more than a few megabytes
for one page.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from catalyst.eventlog.models import Chunk

MOST_LINES = 5_000
MOST_BYTES = 2 * 1024 * 1024
LEVEL = 6
# Neighbouring pages come from the same chunk, and chunks never change.
REMEMBERED = 8
COUNTS_REMEMBERED = 4_096  # a few numbers a chunk
# How `pack` begins a line. Phases are our own words, spelled in JSON as they are.
_HEAD = re.compile(
    r'^\{"seq": \d+, "at": "[^"]*", "level": "([^"]*)", "phase": "((?:[^"\\]|\\.)*)"', re.M
)

Kind = tuple[str, str]  # level, phase


def pack(entries: Iterable[dict[str, Any]]) -> bytes:
    """Entries as readers get them → bytes for `Chunk.lines`."""
    text = "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return zlib.compress(text.encode(), LEVEL)


def find(stream_id: int, seq: int) -> Chunk | None:
    """The chunk of this stream that holds entry `seq`, without its lines."""
    chunks = Chunk.objects.filter(stream_id=stream_id, first_seq__lte=seq, last_seq__gte=seq)
    return chunks.defer("lines").order_by("-first_seq").first()


def lines(chunk: Chunk) -> list[str]:
    """The JSON lines of a chunk, one an entry, in order; line `n` is `first_seq + n`."""
    return _text(chunk).split("\n")


def lines_with(chunk: Chunk, mark: str) -> Iterator[tuple[int, str]]:
    """Seq and JSON of the lines that hold `mark` (lower case) anywhere, in any case.

    Looks at the chunk as a whole, since looking at each line takes ten times as long.
    """
    low, all_lines = _text(chunk).lower(), lines(chunk)
    number = at = 0
    while (found := low.find(mark, at)) >= 0:
        number += low.count("\n", at, found)  # lower case has as many lines, but not characters
        yield chunk.first_seq + number, all_lines[number]
        end = low.find("\n", found)
        if end < 0:
            return
        number, at = number + 1, end + 1


def head_and_text(line: str) -> tuple[str, str]:
    """What stands before the text in a JSON line, and the text as it is escaped there.

    Inside JSON strings every quote has a backslash before it, so these marks stand only once.
    """
    head, _, rest = line.partition('"text": "')
    return head, rest.partition('", "data": ')[0]


def kinds(chunk: Chunk, after: int, until: int) -> Counter[Kind]:
    """How many of its lines with `after` < seq ≤ `until` are of which level and phase."""
    first, last = chunk.first_seq, chunk.last_seq
    if after < first and last <= until:
        return Counter(_kinds(chunk.stream_id, first, chunk.chain))
    found = _HEAD.findall(_text(chunk))
    return Counter(found[max(after + 1 - first, 0) : until + 1 - first])


@lru_cache(maxsize=COUNTS_REMEMBERED)
def _kinds(stream_id: int, first_seq: int, chain: str) -> Counter[Kind]:
    return Counter(_HEAD.findall(_unpacked(stream_id, first_seq, chain)))


def _text(chunk: Chunk) -> str:
    # The hash is part of the key: a primary key may be another stream's in another database.
    return _unpacked(chunk.stream_id, chunk.first_seq, chunk.chain)


@lru_cache(maxsize=REMEMBERED)
def _unpacked(stream_id: int, first_seq: int, chain: str) -> str:
    packed = Chunk.objects.values_list("lines", flat=True)
    raw = packed.get(stream_id=stream_id, first_seq=first_seq, chain=chain)
    return zlib.decompress(raw).decode()


def entries_after(stream_id: int, after: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` entries from the chunk that holds `after + 1`; empty when none does."""
    chunk = find(stream_id, after + 1)
    if chunk is None:
        return []
    start = after + 1 - chunk.first_seq
    found: list[dict[str, Any]] = json.loads(f"[{','.join(lines(chunk)[start : start + limit])}]")
    return found
