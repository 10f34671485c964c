"""Organizations. The slug is a DNS label and a name in Git, so it never changes."""

from __future__ import annotations

from django.db import models

from franchise.organizations.slugs import SLUG


class Organization(models.Model):
    slug = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    owner_email = models.EmailField(max_length=254, db_index=True, help_text="lower case")
    preselected_apps = models.JSONField(
        default=list, db_default=[], help_text="ids of Apps it finds chosen; nothing is installed"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_organization"
        constraints = (
            models.CheckConstraint(
                name="franchise_organization_slug_is_a_label",
                condition=models.Q(slug__regex=f"^{SLUG}$"),
            ),
        )

    def __str__(self) -> str:
        return self.name
