"""Carts, what somebody has chosen and not bought yet; and the face of the franchise."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Cart(models.Model):
    """A choice by the catalog's slugs; no price is kept, they are worked out whenever it is shown.

    A browser's session names its cart; with a log-in it becomes the person's, one open each.
    """

    user = models.ForeignKey(
        "catalyst.User", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    plan = models.CharField(max_length=40, blank=True, default="")
    units = models.PositiveIntegerField(null=True, blank=True, help_text="of a metered plan")
    apps: models.JSONField[list[str], list[str]] = models.JSONField(default=list, db_default=[])
    addons: models.JSONField[list[str], list[str]] = models.JSONField(default=list, db_default=[])
    bundle = models.CharField(max_length=40, blank=True, default="")
    name = models.CharField(max_length=120, blank=True, default="", help_text="of the Organization")
    slug = models.CharField(max_length=30, blank=True, default="")
    key = models.UUIDField(default=uuid.uuid4, help_text="of the order it becomes, once")
    order = models.OneToOneField(
        "franchise.Order", on_delete=models.CASCADE, null=True, blank=True, related_name="cart"
    )
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_cart"
        indexes = (models.Index(fields=("changed_at",), name="franchise_cart_changed"),)
        constraints = (
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(user__isnull=False, order__isnull=True),
                name="franchise_cart_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"cart {self.pk}"

    @property
    def is_empty(self) -> bool:
        return not (self.plan or self.apps or self.addons or self.bundle or self.name or self.slug)


class Brand(models.Model):
    """How the franchise shows itself; there is at most one row. What is empty is as it comes."""

    name = models.CharField(max_length=60, blank=True, default="")
    sender = models.CharField(max_length=60, blank=True, default="", help_text="of mails")
    accent = models.CharField(max_length=7, blank=True, default="", help_text="#rrggbb, on white")
    accent_dark = models.CharField(max_length=7, blank=True, default="", help_text="made from it")
    languages: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, db_default=[], help_text="that are offered, the first before anybody chose"
    )
    logo = models.BinaryField(null=True, blank=True, help_text="a PNG")
    logo_hash = models.CharField(max_length=16, blank=True, default="")
    changed_by = models.CharField(max_length=254, blank=True, default="")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_brand"
        constraints = (
            models.CheckConstraint(name="franchise_brand_is_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="franchise_brand_accent",
                condition=Q(accent="", accent_dark="")
                | Q(accent__regex="^#[0-9a-f]{6}$", accent_dark__regex="^#[0-9a-f]{6}$"),
            ),
        )

    def __str__(self) -> str:
        return self.name
