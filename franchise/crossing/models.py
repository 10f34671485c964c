"""Both sides: what we sign for others, and whose signatures we take.

A Sovereign is issuer and audience with the same rows of `Peer`. No private key is in a row: the
vault has it. No code is either: Ed25519 signs the same bytes the same way, so that a code can be
written again from its row.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from franchise.money import Money


class OurKey(models.Model):
    """A pair of ours. Only the one that is not retired signs; the others stay published."""

    name = models.CharField(max_length=16, unique=True, help_text="keys.name_of(public)")
    public = models.CharField(max_length=64, help_text="base64 of 32 bytes")
    sealed = models.UUIDField(help_text="vault reference of the private key")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "franchise_crossing_key"
        constraints = (
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(retired_at=None),
                name="franchise_crossing_one_key_signs",
            ),
        )


class OurList(models.Model):
    """A signed list of what we took back; the newest is published. `id` is its number."""

    document = models.TextField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_crossing_list"


class Peer(models.Model):
    """Another Sovereign. `takes`: its vouchers are redeemed here.

    `list_…` is the newest list of what it took back, whose signature was good.
    """

    fqdn = models.CharField(max_length=100, unique=True)
    url = models.CharField(max_length=200, help_text="https://… where its console answers")
    takes = models.BooleanField(default=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())
    list_number = models.BigIntegerField(default=0)
    list_made_at = models.DateTimeField(null=True, blank=True)
    list_serials = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "franchise_crossing_peer"

    def __str__(self) -> str:
        return self.fqdn


class PeerKey(models.Model):
    """A public key of a peer's. Withdrawn: nothing that it signed counts any more."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=16, unique=True)
    public = models.CharField(max_length=64)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "franchise_crossing_peer_key"


class SignedCampaign(models.Model):
    """What we give customers of one other Sovereign. One audience: nobody can redeem a code twice
    at two places that cannot ask each other."""

    name = models.CharField(max_length=80)
    audience = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="campaigns")
    currency = models.CharField(max_length=3)
    credit_minor = models.BigIntegerField()
    ends_at = models.DateTimeField()
    uses = models.PositiveIntegerField(default=1, help_text="of one code")
    cap = models.PositiveIntegerField(help_text="codes that may be signed")
    issued = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_signed_campaign"
        constraints = (
            models.CheckConstraint(
                name="franchise_signed_campaign_within_cap", condition=Q(issued__lte=F("cap"))
            ),
            models.CheckConstraint(
                name="franchise_signed_campaign_is_worth_something",
                condition=Q(credit_minor__gt=0, uses__gt=0, cap__gt=0),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)

    @property
    def most(self) -> Money:
        """What it may cost at most."""
        return Money(self.credit_minor * self.uses * self.cap, self.currency)


class SignedVoucher(models.Model):
    """A code of ours. `used`: how often its audience says that it was redeemed."""

    campaign = models.ForeignKey(SignedCampaign, on_delete=models.PROTECT, related_name="vouchers")
    key = models.ForeignKey(OurKey, on_delete=models.PROTECT)
    serial = models.CharField(max_length=16, unique=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "franchise_signed_voucher"


class Settled(models.Model):
    """A use that the audience reported. Refused: we do not owe it, for a reason it was told."""

    voucher = models.ForeignKey(SignedVoucher, on_delete=models.PROTECT, related_name="uses")
    number = models.PositiveIntegerField()
    redeemed_at = models.DateTimeField()
    reported_at = models.DateTimeField(db_default=Now())
    refused = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "franchise_crossing_settled"
        constraints = (
            models.UniqueConstraint(
                fields=("voucher", "number"), name="franchise_crossing_use_is_settled_once"
            ),
        )


class TakenIn(models.Model):
    """A code of a peer's that was redeemed here, and the row that counts its uses."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="taken_in")
    serial = models.CharField(max_length=16)
    voucher = models.OneToOneField("franchise.VoucherCode", on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_crossing_taken_in"
        constraints = (
            models.UniqueConstraint(
                fields=("peer", "serial"), name="franchise_crossing_serial_is_taken_once"
            ),
        )


class Owed(models.Model):
    """A redemption whose issuer owes us; `said_at`: when it took the report."""

    taken = models.ForeignKey(TakenIn, on_delete=models.PROTECT, related_name="owed")
    redemption = models.OneToOneField("franchise.Redemption", on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    said_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "franchise_crossing_owed"
        indexes = (
            models.Index(
                fields=("taken",), condition=Q(said_at=None), name="franchise_crossing_unsaid"
            ),
        )
