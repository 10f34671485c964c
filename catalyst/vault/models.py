"""Sealed secrets: AES-256-GCM under a data key of their own, itself sealed by the vault key."""

from __future__ import annotations

import uuid

from django.db import models


class SealedSecret(models.Model):
    """One secret. The row id is the additional authenticated data: a row cannot be swapped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=60)
    ciphertext = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=16, help_text="fingerprint of the vault key that wrapped")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        db_table = "vault_sealed_secret"
