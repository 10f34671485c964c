"""Finished streams become compressed chunks. One transaction a chunk: killed anywhere, an entry is
a row or in a chunk, never both, never neither. It changes no entry and moves no hash.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models.functions import Now

from catalyst.eventlog import chunks
from catalyst.eventlog.chain import link_entry
from catalyst.eventlog.models import Chunk, Entry, Stream
from catalyst.eventlog.services import rows_after

log = structlog.get_logger(__name__)
CHUNKS_A_ROUND = 4  # a round of the beat stays short


def compact_due(limit: int = CHUNKS_A_ROUND) -> int:
    """Make at most `limit` chunks of streams that finished long enough ago; how many were made."""
    due = Stream.objects.filter(compact_at__lte=Now()).order_by("compact_at")
    made = 0
    for subject in due.values_list("subject", flat=True)[:limit]:
        while made < limit and pack_next(subject):
            made += 1
    return made


def compact(subject: str) -> int:
    """Pack all rows of a finished stream now; how many chunks were made."""
    made = 0
    while pack_next(subject):
        made += 1
    return made


@transaction.atomic
def pack_next(subject: str) -> bool:
    """Turn the oldest rows into one chunk. False: nothing left, not finished, or damaged."""
    # The row a writer locks too: nothing is appended meanwhile, and packers take turns.
    finished = Stream.objects.select_for_update().filter(finished_at__isnull=False)
    stream = finished.filter(subject=subject).first()
    if stream is None:
        return False
    newest = Chunk.objects.filter(stream=stream).defer("lines").order_by("-first_seq").first()
    after, chain = (newest.last_seq, newest.chain) if newest else (0, "")
    entries = _within_bytes(rows_after(stream, after=after, limit=chunks.MOST_LINES))
    expected = list(range(after + 1, after + 1 + len(entries)))
    if not entries or [entry["seq"] for entry in entries] != expected:
        if after < stream.last_seq:  # left as it is for people to look at (`log_verify`)
            log.error("log is damaged: rows are missing", subject=subject, after=after)
        Stream.objects.filter(pk=stream.pk).update(compact_at=None)
        return False
    for entry in entries:
        chain = link_entry(chain, entry)
    Chunk.objects.create(
        stream=stream,
        first_seq=after + 1,
        last_seq=after + len(entries),
        chain=chain,
        lines=chunks.pack(entries),
    )
    Entry.objects.filter(stream=stream, seq__lte=after + len(entries)).delete()
    return True


def _within_bytes(entries: list[dict[str, object]]) -> list[dict[str, object]]:
    """The first entries, so many that a chunk stays small unpacked; at least one."""
    size = 0
    for number, entry in enumerate(entries):
        size += len(str(entry["text"])) + len(str(entry["data"]))
        if size > chunks.MOST_BYTES:
            return entries[: max(number, 1)]
    return entries
