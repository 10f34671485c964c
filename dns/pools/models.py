"""Pools, allocations and their history. The database clock decides expiry, constraints the rest."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class AllocationState(models.TextChoices):
    """What was asked for: the desired state."""

    RESERVED = "reserved", "Reserved"
    ACTIVE = "active", "Active"
    RELEASING = "releasing", "Being released"
    RELEASED = "released", "Released"


class DnsPhase(models.TextChoices):
    """How far the name servers are: the last step known to be done."""

    PENDING = "pending", "Waiting"
    ZONE = "zone", "Zone made"
    SIGNED = "signed", "Signed"
    DELEGATED = "delegated", "Delegated"
    PUBLISHED = "published", "Published"
    TEARDOWN = "teardown", "Being taken down"
    GONE = "gone", "Gone"


LIVE = (AllocationState.RESERVED, AllocationState.ACTIVE)
# Rows whose name servers are not (known to be) as the row wants them.
UNSETTLED = (
    Q(state=AllocationState.RELEASING)
    | Q(state=AllocationState.ACTIVE) & ~Q(dns_phase=DnsPhase.PUBLISHED)
    | Q(state=AllocationState.RESERVED) & ~Q(dns_phase=DnsPhase.DELEGATED)
)


class Pool(models.Model):
    """A domain under which names are given out, e.g. `omani.works`; lower case, no final dot."""

    domain = models.CharField(max_length=200, unique=True)
    enabled = models.BooleanField(default=True, help_text="off: no new names, old ones stay")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "dns_pool"
        ordering = ("domain",)
        constraints = (
            models.CheckConstraint(
                condition=Q(domain__regex=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"),
                name="dns_pool_domain_plain",
            ),
        )

    def __str__(self) -> str:
        return self.domain


class Allocation(models.Model):
    """One holder of one name. `generation` counts the holders of that name: the fencing number.

    Tokens and keys rest as SHA-256 of high-entropy values; the ACME key itself is in the vault.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="allocations")
    label = models.CharField(max_length=63)
    skeleton = models.CharField(
        max_length=255, help_text="the look of the name (UTS #39): one holder of each"
    )
    fqdn = models.CharField(max_length=253)
    state = models.CharField(
        max_length=10, choices=AllocationState.choices, default=AllocationState.RESERVED
    )
    dns_phase = models.CharField(max_length=10, choices=DnsPhase.choices, default=DnsPhase.PENDING)
    generation = models.PositiveIntegerField()
    owner = models.CharField(max_length=120, help_text="`<kind>:<id>`, e.g. `deployment:…`")
    account = models.CharField(
        max_length=120, help_text="whom the name counts for: `user:…`, `service:…`, or the owner"
    )
    created_by = models.CharField(
        max_length=254, help_text="who asked, in the words of the asker; proves nothing"
    )
    idempotency_key = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True, blank=True)
    address_v4 = models.GenericIPAddressField(protocol="IPv4", null=True, blank=True)
    address_v6 = models.GenericIPAddressField(protocol="IPv6", null=True, blank=True)
    acme_username = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    acme_key_hash = models.CharField(max_length=64)
    acme_key_ref = models.CharField(max_length=36, help_text="reference into the vault")
    reserved_at = models.DateTimeField()
    committed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    ds_removed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when the parent stopped vouching; caches believe for a TTL",
    )
    quarantined_until = models.DateTimeField(
        null=True, blank=True, help_text="given back after use: until then for its account only"
    )
    attempts = models.PositiveIntegerField(default=0, help_text="failed ones in a row")
    next_attempt_at = models.DateTimeField(help_text="no worker looks before")
    last_error = models.CharField(max_length=500, blank=True, help_text="`<type>: <text>`")

    class Meta:
        db_table = "dns_allocation"
        indexes = (
            models.Index("next_attempt_at", name="dns_allocation_due", condition=UNSETTLED),
            models.Index(
                "expires_at",
                name="dns_allocation_expiry",
                condition=Q(state=AllocationState.RESERVED),
            ),
            models.Index(fields=("-reserved_at", "-id"), name="dns_allocation_newest"),
            models.Index(
                fields=("pool", "-reserved_at", "-id"),
                name="dns_allocation_listed",
                condition=~Q(state=AllocationState.RELEASED),
            ),
            models.Index(fields=("pool", "label", "-generation"), name="dns_allocation_holders"),
            models.Index(
                "account",
                name="dns_allocation_account",
                condition=~Q(state=AllocationState.RELEASED),
            ),
            models.Index(
                "pool",
                "skeleton",
                name="dns_allocation_quarantine",
                condition=Q(quarantined_until__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                "pool",
                "label",
                name="dns_allocation_one_holder",
                condition=~Q(state=AllocationState.RELEASED),
            ),
            models.UniqueConstraint(
                "pool",
                "skeleton",
                name="dns_allocation_one_look",
                condition=~Q(state=AllocationState.RELEASED),
            ),
            models.UniqueConstraint(
                "owner",
                "idempotency_key",
                name="dns_allocation_idempotent",
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                condition=Q(label__regex=r"^[a-z][a-z0-9-]*[a-z0-9]$"),
                name="dns_allocation_label_plain",
            ),
            models.CheckConstraint(
                condition=~Q(state=AllocationState.RESERVED)
                | Q(expires_at__isnull=False, committed_at__isnull=True, address_v4__isnull=True),
                name="dns_allocation_reserved",
            ),
            models.CheckConstraint(
                condition=~Q(state=AllocationState.ACTIVE)
                | Q(expires_at__isnull=True, committed_at__isnull=False, address_v4__isnull=False),
                name="dns_allocation_active",
            ),
            models.CheckConstraint(
                condition=Q(state=AllocationState.RELEASED, released_at__isnull=False)
                | ~Q(state=AllocationState.RELEASED) & Q(released_at__isnull=True),
                name="dns_allocation_released",
            ),
            models.CheckConstraint(
                condition=Q(generation__gte=1), name="dns_allocation_generation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.fqdn} ({self.state})"


class AllocationEvent(models.Model):
    """One line of an allocation's history; a trigger refuses UPDATE and DELETE."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    kind = models.CharField(max_length=40, help_text="`reserved`, `committed`, `zone`, …")
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "dns_allocation_event"
        ordering = ("id",)
        indexes = (models.Index("allocation", "id", name="dns_allocation_event_of"),)
