"""What was answered to a request that may be sent twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """One request of one person and its answer. The request is kept as a keyed hash only."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    route = models.CharField(max_length=200, help_text="method and path")
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, help_text="the answer; it never holds a secret")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "api_idempotency_key"
        constraints = (
            models.UniqueConstraint("person", "key", "route", name="api_idempotency_key_once"),
        )
