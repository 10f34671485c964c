"""Where long work began, so that its spans and log lines can name the click after any restart."""

from __future__ import annotations

from django.db import models


class Origin(models.Model):
    """The request a subject's present work goes back to. Ids only."""

    subject = models.CharField(max_length=120, primary_key=True, help_text="`<kind>:<id>`")
    traceparent = models.CharField(max_length=55, help_text="W3C Trace Context §3.2")
    request_id = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "telemetry_origin"
