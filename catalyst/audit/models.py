"""Who did what: rows that are only ever added. A trigger refuses UPDATE and DELETE, and the
application's database role has no right to them (`manage.py audit grant`)."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One act, written in the act's own transaction."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=254, help_text="user name, or `system:<part>`")
    person = models.BigIntegerField(null=True, help_text="id of the user, when a person acted")
    role = models.CharField(max_length=200, blank=True, help_text="the person's roles at the time")
    act = models.CharField(max_length=80, help_text="`<app>.<verb>`, e.g. `dns.reserve`")
    object = models.CharField(max_length=200, help_text="`<kind>:<id>`")
    address = models.GenericIPAddressField(null=True, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "audit_event"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("object", "-id"), name="audit_event_object"),
            models.Index(fields=("person", "-id"), name="audit_event_person"),
            models.Index(fields=("actor", "-id"), name="audit_event_actor"),
            models.Index(fields=("act", "-id"), name="audit_event_act"),
        )


class AuditSeal(models.Model):
    """The place of an event in the chain. `hash` covers the event and the hash before it."""

    seq = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 … without gaps")
    event = models.OneToOneField(
        AuditEvent, on_delete=models.DO_NOTHING, related_name="seal", db_constraint=True
    )
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_seal"
        ordering = ("seq",)


class AuditPending(models.Model):
    """An event that waits for its seal; a trigger puts it here in the act's transaction."""

    event = models.OneToOneField(
        AuditEvent, on_delete=models.DO_NOTHING, primary_key=True, related_name="pending"
    )

    class Meta:
        db_table = "audit_pending"


class AuditShipped(models.Model):
    """How far a collector elsewhere has the chain."""

    sink = models.CharField(max_length=200, primary_key=True, help_text="host of the collector")
    seq = models.BigIntegerField(default=0)
    shipped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_shipped"
