"""Memberships and invitations. That an owner is left is the database's promise (a trigger)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from franchise.organizations.members.roles import MemberRole


class Membership(models.Model):
    """Somebody of an Organization, by their e-mail address until they log in for the first time."""

    organization = models.ForeignKey(
        "franchise.Organization", on_delete=models.PROTECT, related_name="memberships"
    )
    email = models.EmailField(max_length=254, db_index=True, help_text="lower case")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="memberships",
        help_text="once they logged in; from then on they count, not the address",
    )
    role = models.CharField(max_length=9, choices=MemberRole.choices)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_membership"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "email"], name="franchise_membership_email"
            ),
            models.UniqueConstraint(
                fields=["organization", "user"], name="franchise_membership_user"
            ),
            models.CheckConstraint(
                name="franchise_membership_email_is_folded", condition=Q(email=Lower(F("email")))
            ),
            models.CheckConstraint(
                name="franchise_membership_role", condition=Q(role__in=MemberRole.values)
            ),
        )

    def __str__(self) -> str:
        return self.email


class Invitation(models.Model):
    """A question to somebody to join; the link's token is kept as a hash only."""

    organization = models.ForeignKey(
        "franchise.Organization", on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField(max_length=254, help_text="lower case")
    role = models.CharField(max_length=9, choices=MemberRole.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=254)
    sent = models.PositiveIntegerField(default=1, help_text="how often; only the last link counts")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "franchise_invitation"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "email"],
                name="franchise_invitation_open",
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="franchise_invitation_one_end",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="franchise_invitation_role", condition=Q(role__in=MemberRole.values)
            ),
        )

    def __str__(self) -> str:
        return self.email
