"""Append-only audit rows; a trigger refuses UPDATE and DELETE."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=254, help_text="user name, or `system:<part>`")
    act = models.CharField(max_length=80, help_text="`<app>.<verb>`, e.g. `dns.reserve`")
    object = models.CharField(max_length=200, db_index=True, help_text="`<kind>:<id>`")
    address = models.GenericIPAddressField(null=True, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "audit_event"
        ordering = ("-id",)
