"""Organizations. The slug is a DNS label and a name in Git, so it never changes."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from franchise.organizations.environments.models import Environment
from franchise.organizations.members.models import Invitation, Membership
from franchise.organizations.slugs import SLUG
from franchise.organizations.states import State

__all__ = ["Environment", "Invitation", "Membership", "Organization", "Tombstone"]


class Organization(models.Model):
    slug = models.CharField(max_length=30, db_index=True, help_text="unique among those that live")
    name = models.CharField(max_length=120)
    owner_email = models.EmailField(max_length=254, db_index=True, help_text="lower case")
    preselected_apps = models.JSONField(
        default=list, db_default=[], help_text="ids of Apps it finds chosen; nothing is installed"
    )
    state = models.CharField(
        max_length=9, choices=State.choices, default=State.ACTIVE, db_default=State.ACTIVE
    )
    suspended_because: models.JSONField[Any, dict[str, str]] = models.JSONField(
        default=dict, db_default={}, help_text="cause → words of whoever suspended it"
    )
    plan = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="slug of the catalog's"
    )
    limits: models.JSONField[Any, dict[str, Any]] = models.JSONField(
        default=dict, db_default={}, help_text="what the plan allowed when it was bought"
    )
    delete_after = models.DateTimeField(null=True, blank=True, help_text="then it is deleted")
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_organization"
        indexes = (
            models.Index(
                "delete_after",
                name="franchise_organization_due",
                condition=Q(delete_after__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="franchise_organization_slug_is_a_label",
                condition=Q(slug__regex=f"^{SLUG}$"),
            ),
            models.UniqueConstraint(
                fields=["slug"],
                name="franchise_organization_slug",
                condition=~Q(state=State.DELETED),
            ),
            models.CheckConstraint(
                name="franchise_organization_state", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="franchise_organization_suspended_because",
                condition=(Q(state=State.SUSPENDED) & ~Q(suspended_because={}))
                | (Q(state=State.ACTIVE) & Q(suspended_because={}))
                | Q(state__in=[State.DELETING, State.DELETED]),
            ),
            models.CheckConstraint(
                name="franchise_organization_delete_after",
                condition=Q(state=State.DELETING, delete_after__isnull=False)
                | (~Q(state=State.DELETING) & Q(delete_after__isnull=True)),
            ),
            models.CheckConstraint(
                name="franchise_organization_deleted_at",
                condition=Q(state=State.DELETED, deleted_at__isnull=False)
                | (~Q(state=State.DELETED) & Q(deleted_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Its members may change things."""
        return self.state == State.ACTIVE


class Tombstone(models.Model):
    """The slug of an Organization that was deleted: nobody gets it before `held_until`."""

    slug = models.CharField(max_length=30, primary_key=True)
    held_until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_organization_tombstone"

    def __str__(self) -> str:
        return self.slug
