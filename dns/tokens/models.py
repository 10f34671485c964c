"""Tokens of programs. The token itself is nowhere; SHA-256 of its 256 random bits is."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q


class Scope(models.TextChoices):
    """What a token may be good for."""

    CHECK = "check", "Ask whether a name is free, read the reserved words"
    RESERVE = "reserve", "Reserve names and renew reservations"
    COMMIT = "commit", "Publish names it holds"
    RELEASE = "release", "Give names it holds back"
    LIST = "list", "List every name of a pool, and its history"
    WORDS = "words", "Change the reserved words"


class ServiceToken(models.Model):
    """One program's token. `name` is what its names belong to: `service:<name>`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(help_text="values of Scope")
    pools = models.JSONField(default=list, help_text="domains; none given: all")
    networks = models.JSONField(default=list, help_text="CIDR; none given: from anywhere")
    names_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="names held at once; the settings' limit if empty"
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    idle_limit = models.DurationField(
        null=True, blank=True, help_text="ends when it was not used for so long"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=254, blank=True)

    class Meta:
        db_table = "dns_service_token"
        ordering = ("-created_at", "id")
        constraints = (
            # No constraint on the name: while a token is replaced, both are good.
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="dns_service_token_ends"
            ),
        )

    def __str__(self) -> str:
        return self.name
