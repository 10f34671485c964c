"""Drafts: what a person has told the wizard so far. Kept on the server, never in the browser."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

# Since the last answer. Its secrets live shorter: see `drafts.TOKEN_KEPT`.
KEPT = timedelta(days=30)


class Draft(models.Model):
    """One unfinished wish. `values` holds no secret; the token lives in the vault."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sovereign_drafts"
    )
    values = models.JSONField(default=dict, help_text="form field name to what was typed")
    passed = models.JSONField(default=list, help_text="ids of the steps whose values were accepted")
    token_reference = models.CharField(max_length=64, blank=True, help_text="vault reference")
    registrar_reference = models.CharField(
        max_length=64, blank=True, help_text="vault reference of the registrar's credentials"
    )
    looked = models.JSONField(
        default=dict, help_text="what a look at the own domain found; for that domain only"
    )
    checked = models.JSONField(
        default=dict,
        help_text="domain and registrar for which the kept credentials are known to be good",
    )
    told_at = models.DateTimeField(
        null=True, help_text="its owner was told that it is thrown away soon"
    )
    deployment_id = models.UUIDField(null=True, help_text="what it became; a second click finds it")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "sovereign_draft"
        ordering = ("-updated_at",)

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def expires_at(self) -> datetime:
        """It is thrown away then, unless its owner goes on before."""
        return self.updated_at + KEPT
