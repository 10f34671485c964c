"""Streams, entries and chunks. `(stream, seq)` has no gaps; each line moves a running hash on.

An entry is a row of its own while its stream is young, and a line of a compressed chunk later:
never both, never neither.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Stream(models.Model):
    subject = models.CharField(max_length=120, unique=True, help_text="`<kind>:<id>`")
    last_seq = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64, default="", blank=True, help_text="running SHA-256")
    finished_at = models.DateTimeField(null=True, blank=True)
    compact_at = models.DateTimeField(
        null=True, blank=True, help_text="rows may become chunks from then on; null: nothing to do"
    )

    class Meta:
        db_table = "eventlog_stream"
        indexes = (
            models.Index(
                "compact_at", name="eventlog_stream_compact", condition=Q(compact_at__isnull=False)
            ),
        )


class Entry(models.Model):
    pk = models.CompositePrimaryKey("stream_id", "seq")
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, db_index=False)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=8)
    phase = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=80, blank=True)
    text = models.TextField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "eventlog_entry"


class Chunk(models.Model):
    """Entries `first_seq … last_seq` of a finished stream; never changed once written."""

    pk = models.CompositePrimaryKey("stream_id", "first_seq")
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, db_index=False)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    chain = models.CharField(max_length=64, help_text="running SHA-256 after `last_seq`")
    lines = models.BinaryField(help_text="zlib of one JSON object a line, as readers get them")

    class Meta:
        db_table = "eventlog_chunk"
