"""Apps, each a row that wants something, and Changes, each one act on an App."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.language.words import lazy

NAME = r"[a-z](?:[a-z0-9]|-(?!-)){0,28}[a-z0-9]"


class App(models.Model):
    """`label` names it in DNS and among Flux's objects, `url` is where it answers."""

    class State(models.TextChoices):
        INSTALLING = "installing", lazy("Being installed")
        READY = "ready", lazy("Ready")
        CHANGING = "changing", lazy("Being changed")
        FAILED = "failed", lazy("Stopped")
        REMOVING = "removing", lazy("Being removed")
        REMOVED = "removed", lazy("Removed")

    organization = models.ForeignKey(
        "franchise.Organization", on_delete=models.PROTECT, related_name="apps"
    )
    environment = models.ForeignKey(
        "franchise.Environment", on_delete=models.PROTECT, related_name="apps"
    )
    redemption = models.OneToOneField(
        "franchise.Redemption", on_delete=models.PROTECT, null=True, blank=True, related_name="app"
    )
    name = models.CharField(max_length=30, help_text="of the repository; the blueprint's at first")
    blueprint = models.CharField(max_length=60)
    version = models.CharField(max_length=40, help_text="of the chart, as wanted")
    config: models.JSONField[Any, dict[str, Any]] = models.JSONField(
        default=dict, db_default={}, help_text="answers to the blueprint's questions, as wanted"
    )
    label = models.CharField(max_length=63)
    url = models.CharField(
        max_length=300, blank=True, help_text="empty: a backing service has none"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.INSTALLING)
    commit = models.CharField(max_length=64, blank=True, default="", help_text="that is wanted now")
    proved_at = models.DateTimeField(null=True, blank=True, help_text="when it last answered")
    seen: models.JSONField[Any, dict[str, Any]] = models.JSONField(
        default=dict, db_default={}, help_text="what the cluster said last"
    )
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "franchise_app"
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "name"),
                name="franchise_app_name",
                condition=~Q(state="removed"),
            ),
            models.UniqueConstraint(
                fields=("label",), name="franchise_app_label", condition=~Q(state="removed")
            ),
            models.CheckConstraint(
                name="franchise_app_name_is_a_label", condition=Q(name__regex=f"^{NAME}$")
            ),
            models.CheckConstraint(
                name="franchise_app_removed_at",
                condition=Q(state="removed", removed_at__isnull=False)
                | (~Q(state="removed") & Q(removed_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return self.label


class Backing(models.Model):
    """An App rests on a backing service of its Organization; it stays while anybody rests on it."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="rests_on")
    service = models.ForeignKey(App, on_delete=models.PROTECT, related_name="carries")
    alias = models.CharField(max_length=60, help_text="what the blueprint calls its need")
    dedicated = models.BooleanField(default=False)

    class Meta:
        db_table = "franchise_app_backing"
        constraints = (
            models.UniqueConstraint(fields=("app", "alias"), name="franchise_app_backing_once"),
            models.UniqueConstraint(
                fields=("service",),
                condition=Q(dedicated=True),
                name="franchise_app_backing_dedicated",
            ),
        )

    def __str__(self) -> str:
        return f"{self.app} → {self.service}"


class Change(models.Model):
    """One act on an App, followed step by step until the world is so. At most one runs per App."""

    class Kind(models.TextChoices):
        INSTALL = "install", lazy("Install")
        CONFIGURE = "configure", lazy("Configure")
        UPGRADE = "upgrade", lazy("Upgrade")
        ROLL_BACK = "roll-back", lazy("Roll back")
        REMOVE = "remove", lazy("Remove")

    class State(models.TextChoices):
        RUNNING = "running", lazy("Running")
        DONE = "done", lazy("Done")
        FAILED = "failed", lazy("Failed")

    class Step(models.TextChoices):
        """Spec franchise §6.3 names those of an installation; `removed` undoes the others."""

        PLACES = "places", lazy("Make the Organization’s place in Git")
        REPOSITORY = "repository", lazy("Make the App’s repository")
        COMMIT = "commit", lazy("Commit what is wanted")
        RECONCILE = "reconcile", lazy("Have the cluster follow")
        PROVE = "prove", lazy("Prove that it answers")
        WITHDRAW = "withdraw", lazy("Take it out of the cluster")
        FORGET = "forget", lazy("Remove its repository")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    step = models.CharField(max_length=10, choices=Step.choices)
    actor = models.CharField(max_length=254, help_text="who asked; stands in Git's history")
    wanted: models.JSONField[Any, dict[str, Any]] = models.JSONField(
        default=dict, db_default={}, help_text="what was asked for beside the App's own row"
    )
    commit = models.CharField(max_length=64, blank=True, default="")
    words = models.CharField(max_length=500, blank=True, default="", help_text="said to people")
    problem: models.JSONField[Any, dict[str, Any]] = models.JSONField(default=dict, db_default={})
    retryable = models.BooleanField(default=True, db_default=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    next_look_at = models.DateTimeField(null=True, blank=True, help_text="null: nothing is due")
    step_since = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "franchise_app_change"
        indexes = (
            models.Index(
                fields=("next_look_at",),
                name="franchise_app_change_due",
                condition=Q(next_look_at__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("app",), condition=Q(state="running"), name="franchise_app_change_one"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.app}"
