"""Rows behind leases and the outbox."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LeaseRow(models.Model):
    """Who may work on a subject now. `generation` only grows: it is the fencing token."""

    subject = models.CharField(max_length=120, primary_key=True)
    holder = models.CharField(max_length=120, blank=True)
    generation = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(db_default=Now(), help_text="by the holder it has now")
    process = models.JSONField(
        default=dict, blank=True, help_text="identity of a child process the holder started"
    )

    class Meta:
        db_table = "work_lease"


class OutboxItem(models.Model):
    """One promised call to the outside. Done items stay for a while as evidence."""

    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    available_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    traceparent = models.CharField(max_length=55, blank=True, help_text="the click it came from")
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "work_outbox"
        indexes = (
            models.Index("available_at", name="work_outbox_due", condition=Q(done_at__isnull=True)),
        )


class WorkerBeat(models.Model):
    """Last sign of life of a worker process, for health checks."""

    name = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "work_worker_beat"
