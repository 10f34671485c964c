"""The inbox. A row is what an event was about, never the event itself: that holds secrets."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.language.words import lazy


class EventState(models.TextChoices):
    PENDING = "pending", lazy("Pending")
    DONE = "done", lazy("Done")
    IGNORED = "ignored", lazy("Ignored")
    GIVEN_UP = "given_up", lazy("Given up")


class WebhookEvent(models.Model):
    """An event of Stripe's, once. A worker looks again at `pending` ones, by the outbox."""

    event_id = models.CharField(max_length=255, unique=True, help_text="Stripe's")
    type = models.CharField(max_length=100)
    created = models.DateTimeField(help_text="by Stripe's clock")
    about = models.JSONField(default=dict, help_text="ids, our metadata, amounts; no secrets")
    state = models.CharField(
        max_length=8, choices=EventState.choices, default=EventState.PENDING,
        db_default=EventState.PENDING,
    )  # fmt: skip
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=500, blank=True, default="", db_default="")
    received_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "franchise_webhook_event"
        constraints = (
            models.CheckConstraint(
                name="franchise_webhook_event_has_a_state",
                condition=Q(state__in=EventState.values),
            ),
            models.CheckConstraint(
                name="franchise_webhook_event_ends_once",
                condition=Q(state=EventState.PENDING, done_at__isnull=True)
                | (~Q(state=EventState.PENDING) & Q(done_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
