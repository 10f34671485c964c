"""Environments, each once per Organization."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from catalyst.language.words import lazy


class Kind(models.TextChoices):
    PROD = "prod", lazy("Production")
    STG = "stg", lazy("Staging")
    UAT = "uat", lazy("Acceptance")
    DEV = "dev", lazy("Development")
    POC = "poc", lazy("Trial")


class Environment(models.Model):
    organization = models.ForeignKey(
        "franchise.Organization", on_delete=models.PROTECT, related_name="environments"
    )
    kind = models.CharField(max_length=4, choices=Kind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_environment"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "kind"], name="franchise_environment_once"
            ),
            models.CheckConstraint(
                name="franchise_environment_kind", condition=Q(kind__in=Kind.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization.slug}-{self.kind}"
