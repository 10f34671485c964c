"""One row per look at all zones; the newest are kept, for operators and for the next alarm."""

from __future__ import annotations

from django.db import models


class DriftReport(models.Model):
    """`findings` is a list of `{"kind", "name", "detail"}`, the first of `found` ones.

    `existing` and `changes` are RRsets.

    `refused` says why nothing was put right, empty when nothing hindered it.
    """

    at = models.DateTimeField()
    zones = models.PositiveIntegerField(help_text="zones whose records were read")
    existing = models.PositiveIntegerField(help_text="RRsets of ours that were there")
    changes = models.PositiveIntegerField(help_text="of them, to be changed or removed")
    findings = models.JSONField(default=list)
    found = models.PositiveIntegerField(default=0, help_text="findings, those not kept too")
    broken = models.PositiveIntegerField(default=0, help_text="names a worker can put right")
    orphaned = models.PositiveIntegerField(default=0, help_text="names that no row wants")
    repaired = models.PositiveIntegerField(default=0, help_text="names put right")
    refused = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "dns_drift_report"
        ordering = ("-id",)
