"""Rows of this room: what was last seen of each component, and of the cluster as a whole.

A look that got no answer changes no component.
"""

from __future__ import annotations

from django.db import models

from sovereign_wizard.cluster.states import Kind, Status, short
from sovereign_wizard.provisioning.models import Deployment

LOOKS = {
    Status.PENDING: "pending",
    Status.INSTALLING: "running",
    Status.INSTALLED: "done",
    Status.DEGRADED: "waiting",
    Status.FAILED: "failed",
    Status.SUSPENDED: "cancelled",
}


class ClusterView(models.Model):
    """The looks at one cluster. It goes on after a restart from where its marks stand."""

    deployment = models.OneToOneField(
        Deployment, on_delete=models.CASCADE, primary_key=True, related_name="cluster_view"
    )
    seeded_at = models.DateTimeField(null=True, help_text="first answer")
    answered_at = models.DateTimeField(null=True, help_text="newest answer")
    trouble = models.CharField(
        max_length=500, blank=True, help_text="why the last look saw nothing"
    )
    events_mark = models.PositiveBigIntegerField(
        default=0, help_text="resourceVersion of the newest event told"
    )
    log_mark = models.DateTimeField(null=True, help_text="time of the newest line told")

    class Meta:
        db_table = "cluster_view"


class Component(models.Model):
    """One HelmRelease, or one Kustomization that brings them, as it was seen last."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="components")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    namespace = models.CharField(max_length=63)
    name = models.CharField(max_length=253)
    status = models.CharField(
        max_length=10, choices=[(status.value, status.capitalize()) for status in Status]
    )
    message = models.TextField(blank=True)
    transition_at = models.DateTimeField(null=True)
    depends_on = models.JSONField(default=list, help_text="ids of components")
    stubbed = models.BooleanField(default=False, help_text="upstream's chart is a stub (offline)")
    stuck = models.TextField(blank=True, help_text="what its Pods say when they do not get on")
    chart_version = models.CharField(max_length=80, blank=True, db_default="")
    app_version = models.CharField(max_length=80, blank=True, db_default="")
    began_at = models.DateTimeField(null=True, help_text="first seen at work")
    ended_at = models.DateTimeField(null=True, help_text="installed or given up on, since when")
    changed_at = models.DateTimeField(help_text="when we saw this status first")

    class Meta:
        db_table = "cluster_component"
        ordering = ("kind", "namespace", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("deployment", "kind", "namespace", "name"), name="cluster_component_once"
            ),
        )

    def __str__(self) -> str:
        return self.component_id

    @property
    def component_id(self) -> str:
        return short(self.name)

    @property
    def look(self) -> str:
        """The state of the house whose colour and icon it has on a page."""
        return LOOKS[Status(self.status)]
