"""What was asked for, who asked, who answered. The table itself holds that they are two."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Approval(models.Model):
    """One act on one object, as one person asked for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=80, help_text="as the audit names it: `deployment.destroy`")
    object = models.CharField(max_length=200, help_text="`<kind>:<id>`")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what exactly is to be done")
    words = models.CharField(max_length=2000, help_text="the same for a person to read")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(help_text="neither answered nor used after it")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    answered_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)
    used_at = models.DateTimeField(null=True, help_text="when the act was done with it; once")

    class Meta:
        db_table = "four_eyes_approval"
        ordering = ("-asked_at",)
        indexes = (models.Index(fields=("object", "act"), name="four_eyes_object"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="four_eyes_are_two_people",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(agreed=True), name="four_eyes_used_when_agreed"
            ),
        )
