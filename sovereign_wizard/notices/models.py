"""Rows of this room: who wants no mail, and which change of state was told."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sovereign_wizard.provisioning.models import StateSpan


class MailChoice(models.Model):
    """A person's choice, for all their Deployments. No row: they never said, and get mail."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    wanted = models.BooleanField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "notices_mail_choice"


class Told(models.Model):
    """One change of state was told: at most one row, so at most one mail."""

    span = models.OneToOneField(
        StateSpan, on_delete=models.CASCADE, primary_key=True, related_name="told"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "notices_told"
