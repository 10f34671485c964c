"""Rows of a Deployment, its Runs and their phases. State changes go through `machine.py` only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from catalyst.language.words import lazy


class State(models.TextChoices):
    QUEUED = "queued", lazy("Queued")
    RUNNING = "running", lazy("Running")
    WAITING = "waiting", lazy("Waiting")
    FAILED = "failed", lazy("Failed")
    READY = "ready", lazy("Ready")
    CANCELLING = "cancelling", lazy("Cancelling")
    CANCELLED = "cancelled", lazy("Cancelled")
    DESTROYING = "destroying", lazy("Destroying")
    DESTROYED = "destroyed", lazy("Destroyed")


# Phases whose waiting may take days, and what that state is called.
WAITS_FOR = {
    "zone-prepare": lazy("Waits for the domain"),
    "delegation-wait": lazy("Waits for the delegation"),
}
# A worker has something to do for these.
IN_WORK = (State.QUEUED, State.RUNNING, State.WAITING, State.CANCELLING, State.DESTROYING)


class DomainMode(models.TextChoices):
    """Where the name comes from; the values are API."""

    POOL = "pool", lazy("A name under our domain")
    BY_HAND = "byo-manual", lazy("Your own domain, moved by hand")
    BY_REGISTRAR = "byo-api", lazy("Your own domain, moved through its registrar")


class RunKind(models.TextChoices):
    PROVISION = "provision", lazy("Provision")
    DESTROY = "destroy", lazy("Destroy")


class PhaseState(models.TextChoices):
    PENDING = "pending", lazy("Pending")
    RUNNING = "running", lazy("Running")
    WAITING = "waiting", lazy("Waiting")
    DONE = "done", lazy("Done")
    FAILED = "failed", lazy("Failed")
    CANCELLED = "cancelled", lazy("Cancelled")


class Deployment(models.Model):
    """A request to make one Sovereign. Secrets are references into the vault (`secrets`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=80)

    organization_name = models.CharField(max_length=120)
    owner_email = models.EmailField(max_length=254)
    profile = models.JSONField(
        default=dict, help_text="headquarters, industry, headcount, compliance: profile.Profile"
    )
    domain_mode = models.CharField(
        max_length=10, choices=DomainMode.choices, default=DomainMode.POOL
    )
    pool_domain = models.CharField(max_length=253, blank=True)
    subdomain = models.CharField(max_length=63, blank=True)
    fqdn = models.CharField(max_length=253)
    hetzner_project_id = models.CharField(max_length=40)
    region = models.CharField(max_length=20)
    control_plane_size = models.CharField(max_length=20)
    worker_size = models.CharField(max_length=20, blank=True)
    worker_count = models.PositiveSmallIntegerField(default=0)
    ssh_public_key = models.TextField()
    approve_plan = models.BooleanField(
        default=False, help_text="a person looks at the plan before anything is made"
    )
    ha_enabled = models.BooleanField(default=False, help_text="three control planes")
    delete_protection = models.BooleanField(
        default=False, help_text="Hetzner refuses deletion until the destroy run lifts it"
    )
    small_control_plane = models.BooleanField(
        default=False, help_text="the owner insists on less memory than a control plane needs"
    )
    chosen_components = models.JSONField(
        default=list, help_text="ids of the optional components of the kit"
    )
    chosen_apps = models.JSONField(
        default=list, db_default=[], help_text="ids of Apps for its own catalogue"
    )

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    state_since = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=500, blank=True, help_text="why it waits")
    problem = models.JSONField(default=dict, blank=True, help_text="RFC 9457 document when failed")
    waits_for = models.CharField(
        max_length=30, blank=True, help_text="the phase that waits, while it does"
    )
    look_at = models.DateTimeField(db_default=Now(), help_text="a worker looks no earlier")

    allocation_id = models.UUIDField(null=True, help_text="the name under a pool, in dns")
    move_id = models.UUIDField(null=True, help_text="the move of a domain of its own, in dns")
    secrets = models.JSONField(default=dict, help_text="purpose → vault reference")
    callback_hash = models.CharField(max_length=64, help_text="SHA-256 of the machine's bearer")
    called_back_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict, help_text="what the phases found out; no secrets")

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deployment"
        ordering = ("-created_at",)
        constraints = (
            # Among the living: what was destroyed gave its name back.
            models.UniqueConstraint(
                "fqdn",
                name="deployment_one_per_fqdn",
                condition=Q(domain_mode=DomainMode.POOL) & ~Q(state=State.DESTROYED),
            ),
            # Somebody's unproven claim shuts nobody out of a domain of their own.
            models.UniqueConstraint(
                "owner",
                "fqdn",
                name="deployment_one_per_own_domain",
                condition=~Q(domain_mode=DomainMode.POOL) & ~Q(state=State.DESTROYED),
            ),
            models.UniqueConstraint("owner", "idempotency_key", name="deployment_idempotency"),
            models.CheckConstraint(
                name="deployment_one_kind_of_name",
                condition=Q(
                    domain_mode=DomainMode.POOL, allocation_id__isnull=False, move_id__isnull=True
                )
                | ~Q(domain_mode=DomainMode.POOL)
                & Q(allocation_id__isnull=True, move_id__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                "look_at",
                name="deployment_due",
                condition=Q(state__in=IN_WORK),
            ),
        )

    def __str__(self) -> str:
        return self.fqdn

    @property
    def subject(self) -> str:
        """Name of its lease and of its log stream."""
        return f"deployment:{self.pk}"

    @property
    def secrets_owner(self) -> str:
        """Whose its secrets are, to the vault."""
        return f"deployments/{self.pk}"

    @property
    def state_word(self) -> str:
        """The state for people: what it waits for is a state of its own to them."""
        waits = self.state == State.WAITING and WAITS_FOR.get(self.waits_for)
        return waits or State(self.state).label

    @property
    def has_own_domain(self) -> bool:
        return self.domain_mode != DomainMode.POOL

    @property
    def name_now(self) -> str:
        """What became of its name once it is destroyed, in words."""
        return _("the domain stays yours") if self.has_own_domain else _("its name is free again")

    @property
    def console_url(self) -> str:
        return f"https://console.{self.fqdn}"


class StateSpan(models.Model):
    """Time spent in one state, without gap or overlap. The open one has no `until`."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="spans")
    state = models.CharField(max_length=12, choices=State)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    because = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "deployment_state_span"
        ordering = ("since", "id")
        constraints = (
            models.UniqueConstraint(
                "deployment", name="deployment_one_open_span", condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                name="deployment_span_forward",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
        )


class Run(models.Model):
    """One attempt at a Deployment, or at destroying it. A retry goes on from the failed phase."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=RunKind, default=RunKind.PROVISION)
    started_by = models.CharField(max_length=254)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "deployment_run"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint("deployment", "number", name="deployment_run_number"),
            models.UniqueConstraint(
                "deployment",
                name="deployment_one_open_run",
                condition=Q(finished_at__isnull=True),
            ),
        )


class PhaseRun(models.Model):
    """One phase of a Run: its state, how often it was tried, how long it took, why it waits."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=PhaseState, default=PhaseState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    problem = models.JSONField(default=dict, blank=True)
    vault_away_since = models.DateTimeField(null=True, help_text="as far as is known now")
    vault_away_seconds = models.FloatField(default=0.0, help_text="no part of the phase's budget")

    class Meta:
        db_table = "deployment_phase"
        ordering = ("position",)
        constraints = (models.UniqueConstraint("run", "phase", name="deployment_phase_once"),)


class Plan(models.Model):
    """The plan file of a Run, as tofu encrypted it, with a summary in words."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="plan")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    words = models.TextField()
    changes = models.JSONField(default=dict)
    losses = models.JSONField(
        default=list, help_text="[{action, address}] of what would be destroyed or replaced"
    )
    approved_by = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True, help_text="counts for this file only")
    applied_at = models.DateTimeField(null=True, help_text="apply was begun with this file")

    class Meta:
        db_table = "deployment_plan"


class StateVersion(models.Model):
    """A copy of the tofu state as tofu encrypted it: the backend itself keeps the newest only."""

    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, related_name="state_versions"
    )
    serial = models.PositiveBigIntegerField(help_text="tofu's own count of changes")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "deployment_state_version"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("deployment", "sha256", name="deployment_state_version_once"),
        )
