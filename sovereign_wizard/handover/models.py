"""Rows of this room: what was seen at Hetzner and when, clean-ups people asked for, receipts."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.vault import services as vault
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.provisioning.models import Deployment


class Sighting(models.Model):
    """What existed at Hetzner at one moment. Rows are only added: before and after stay apart."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="sightings")
    at = models.DateTimeField(auto_now_add=True)
    occasion = models.CharField(max_length=40, help_text="why it was looked, in words")
    document = models.JSONField(help_text="Inventory.as_dict()")

    class Meta:
        db_table = "handover_sighting"
        ordering = ("-pk",)

    @property
    def inventory(self) -> Inventory:
        return Inventory.from_dict(self.document)


class CleanUpState(models.TextChoices):
    ASKED = "asked", "Asked for"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class CleanUp(models.Model):
    """A reviewed list of things made inside the cluster, to be removed by OpenTofu."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="clean_ups")
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField(auto_now_add=True)
    look_at = models.DateTimeField(db_default=Now(), help_text="a worker looks no earlier")
    waits_for = models.CharField(max_length=300, blank=True)
    items = models.JSONField(help_text="Item.as_dict() of everything that was confirmed")
    token_reference = models.CharField(
        max_length=40, blank=True, help_text="a token given for this alone, in the vault"
    )
    state = models.CharField(max_length=8, choices=CleanUpState, default=CleanUpState.ASKED)
    finished_at = models.DateTimeField(null=True)
    problem = models.JSONField(default=dict, blank=True, help_text="RFC 9457 document when failed")

    class Meta:
        db_table = "handover_clean_up"
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                "deployment",
                name="handover_one_open_clean_up",
                condition=Q(state=CleanUpState.ASKED),
            ),
        )

    @property
    def reviewed(self) -> tuple[Item, ...]:
        return tuple(Item.from_dict(item) for item in self.items)


class ReceiptKind(models.TextChoices):
    TOKEN_DESTROYED = "token-destroyed", "Hetzner token destroyed"
    LEFTOVERS_REMOVED = "leftovers-removed", "Leftovers removed"


class Receipt(models.Model):
    """Something irrevocable that was done for the owner. Never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=24, choices=ReceiptKind)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=254)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of what it is about"
    )
    text = models.TextField()
    secret = models.CharField(
        max_length=40, blank=True, db_default="", help_text="what was destroyed, in the vault"
    )

    class Meta:
        db_table = "handover_receipt"
        ordering = ("-at",)

    @property
    def is_final(self) -> bool:
        """Is nothing left of the secret it is about, neither here nor in OpenBao?"""
        return vault.is_destroyed(self.secret)
