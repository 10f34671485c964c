"""A domain on its way to our name servers. The database clock decides every deadline."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Mode(models.TextChoices):
    """Who tells the parent about our name servers."""

    MANUAL = "manual", "By hand"
    REGISTRAR = "registrar", "Through the registrar"


class MoveState(models.TextChoices):
    PREPARING = "preparing", "Being prepared"
    PENDING_FLIP = "pending_flip", "Waiting for the parent"
    PROPAGATING = "propagating", "Spreading"
    DELEGATED = "delegated", "With us"
    ACTIVE = "active", "With us and watched"
    FAILED = "failed", "Stopped"
    RESTORING = "restoring", "Going back"
    RESTORED = "restored", "Back at its old name servers"
    RELEASING = "releasing", "Being given up"
    RELEASED = "released", "Given up"


class Step(models.TextChoices):
    """What a worker does next; those of a state follow each other in this order."""

    PREFLIGHT = "preflight", "Look at the domain"
    OWNERSHIP = "ownership", "Prove whose it is"
    ZONE = "zone", "Make the signed zone"
    SERVERS = "servers", "See our name servers answer"
    OLD_DS = "old-ds", "Take the old DS out"
    FLIP = "flip", "Change the name servers"
    PROPAGATION = "propagation", "See the world follow"
    PUBLISH_DS = "publish-ds", "Have the parent vouch for our key"
    WATCH = "watch", "Look every day"
    BACK_DS = "back-ds", "Take our DS out"
    BACK_FLIP = "back-flip", "Bring the old name servers back"
    BACK_DELEGATION = "back-delegation", "See the parent name them"
    BACK_OLD_DS = "back-old-ds", "Bring the old DS back"
    LEAVE = "leave", "Wait until nobody is sent to us"
    CLEAN = "clean", "Remove our zone"
    NONE = "none", "Nothing"


ENDED = (MoveState.RESTORED, MoveState.RELEASED)


class DomainMove(models.Model):
    """One domain of one account. A claim shuts others out only once it is proven.

    `snapshot`: `{"ns", "ds", "ns_ttl", "ds_ttl", "key_ttl", "taken_at"}` as the parent said before
    us. `answers`: the last round (`values.Round` as JSON). `records`: what was taken over, a list
    of `[name, type, ttl, contents]`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fqdn = models.CharField(max_length=253)
    registrable = models.CharField(max_length=253)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    registrar = models.CharField(max_length=20, blank=True)
    credentials_ref = models.CharField(
        max_length=36, blank=True, help_text="in the vault, while something is left to change"
    )
    owner = models.CharField(max_length=120, help_text="`<kind>:<id>`, e.g. `deployment:…`")
    account = models.CharField(max_length=120, help_text="whom the domain counts for")
    created_by = models.CharField(max_length=254)
    contact = models.EmailField(blank=True, help_text="who is told when it takes days")
    idempotency_key = models.CharField(max_length=120)
    acknowledged = models.BooleanField(
        default=False, help_text="whoever asked typed the name: what is not taken over may stop"
    )
    challenge = models.CharField(max_length=64, help_text="TXT value that proves ownership")
    records = models.JSONField(default=list, blank=True)

    state = models.CharField(max_length=12, choices=MoveState.choices, default=MoveState.PREPARING)
    step = models.CharField(max_length=16, choices=Step.choices, default=Step.PREFLIGHT)
    words = models.CharField(max_length=500, blank=True, help_text="what it waits for, a sentence")
    needs = models.JSONField(default=list, blank=True, help_text="what a person has to do")
    problem = models.JSONField(default=dict, blank=True, help_text="why it stopped (RFC 9457)")
    verdict = models.CharField(max_length=20, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    snapshot = models.JSONField(default=dict, blank=True)
    own_ds = models.JSONField(default=list, blank=True, help_text="DS of our keys, SHA-256")
    job = models.CharField(max_length=200, blank=True, help_text="of the registrar, to be polled")

    address_v4 = models.GenericIPAddressField(protocol="IPv4", null=True, blank=True)
    address_v6 = models.GenericIPAddressField(protocol="IPv6", null=True, blank=True)
    zone_made = models.BooleanField(default=False)
    written = models.BooleanField(default=False, help_text="the zone says what the row wants")
    acme_username = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    acme_key_hash = models.CharField(max_length=64)
    acme_key_ref = models.CharField(max_length=36, blank=True)

    next_poll_at = models.DateTimeField(null=True, help_text="no worker looks before")
    rounds = models.PositiveIntegerField(default=0, help_text="looks at the world in this step")
    agreeing = models.PositiveSmallIntegerField(default=0, help_text="right rounds in a row")
    attempts = models.PositiveIntegerField(default=0, help_text="failed tries in a row")
    created_at = models.DateTimeField(db_default=Now())
    step_since = models.DateTimeField(db_default=Now())
    proved_at = models.DateTimeField(null=True, blank=True)
    ds_gone_at = models.DateTimeField(null=True, blank=True, help_text="no parent has the old DS")
    polling_at = models.DateTimeField(null=True, blank=True, help_text="since when we poll")
    flipped_at = models.DateTimeField(
        null=True, blank=True, help_text="every parent server was seen to name us"
    )
    delegated_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True, help_text="no parent names us any more")
    warned_24_at = models.DateTimeField(null=True, blank=True)
    warned_48_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "dns_domain_move"
        indexes = (
            models.Index("next_poll_at", name="dns_domain_move_due", condition=~Q(state__in=ENDED)),
            models.Index(fields=("account", "-created_at"), name="dns_domain_move_account"),
            models.Index(fields=("registrable",), name="dns_domain_move_family"),
        )
        constraints = (
            models.UniqueConstraint(
                "fqdn",
                name="dns_domain_move_one_holder",
                condition=Q(proved_at__isnull=False) & ~Q(state__in=ENDED),
            ),
            models.UniqueConstraint(
                "fqdn",
                "account",
                name="dns_domain_move_once",
                condition=~Q(state__in=ENDED),
            ),
            models.UniqueConstraint(
                "owner",
                "idempotency_key",
                name="dns_domain_move_idempotent",
                condition=~Q(state__in=ENDED),
            ),
            models.CheckConstraint(
                condition=Q(fqdn__regex=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"),
                name="dns_domain_move_plain",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False, credentials_ref="")
                | ~Q(state__in=ENDED) & Q(ended_at__isnull=True),
                name="dns_domain_move_ended",
            ),
            models.CheckConstraint(
                condition=Q(zone_made=False) | Q(proved_at__isnull=False),
                name="dns_domain_move_proved_first",
            ),
        )

    def __str__(self) -> str:
        return f"{self.fqdn} ({self.state})"
