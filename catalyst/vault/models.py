"""Secrets: sealed here, or here the key of what OpenBao keeps sealed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class SealedSecret(models.Model):
    """One secret. The row id is the additional authenticated data: a row cannot be swapped.

    With a `path` the sealed half is in OpenBao: `ciphertext` is empty and `wrapped_key` the key of
    that half, which opens nothing without it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=60)
    owner = models.CharField(max_length=80, blank=True, db_default="", help_text="whose: places.py")
    ciphertext = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=16, help_text="what wrapped its key; bao:kv: see path")
    path = models.CharField(
        max_length=160, blank=True, db_default="", help_text="in OpenBao's store of values"
    )
    version = models.PositiveSmallIntegerField(db_default=0, help_text="there")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        db_table = "vault_sealed_secret"
        constraints = (
            models.UniqueConstraint("path", name="vault_path_once", condition=~Q(path="")),
        )


class Destruction(models.Model):
    """A value in OpenBao that nobody may have any more; `destroyed_at` once that was seen there."""

    path = models.CharField(primary_key=True, max_length=160)
    record = models.UUIDField(db_index=True, help_text="id of the secret it was of")
    purpose = models.CharField(max_length=60)
    asked_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "vault_destruction"
