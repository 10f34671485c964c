"""Log-ins that came from an issuer, and log-out tokens that were used."""

from __future__ import annotations

from django.db import models

from catalyst.identity.models import UserSession


class IssuerLogin(models.Model):
    """What the issuer said of a session of ours; ends with it.

    Access tokens are not kept: we ask nothing with them. `fresh_until` is how long the answer may
    be believed before the refresh token has to be shown again.
    """

    session = models.OneToOneField(
        UserSession, on_delete=models.CASCADE, primary_key=True, related_name="issuer_login"
    )
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    sid = models.CharField(max_length=255, blank=True, help_text="the issuer's name of its session")
    refresh = models.CharField(max_length=200, blank=True, help_text="refresh token: vault")
    fresh_until = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="when the issuer last did not answer")

    class Meta:
        db_table = "identity_issuer_login"
        indexes = (
            models.Index(fields=["issuer", "sid"], name="identity_issuer_login_sid"),
            models.Index(fields=["issuer", "subject"], name="identity_issuer_login_subject"),
        )


class SpentLogoutToken(models.Model):
    """A log-out token counts once (Back-Channel Logout 1.0 §2.6 (8)), and for what it names even
    when that is kept only afterwards. Kept until it is too old."""

    digest = models.BinaryField(primary_key=True, help_text="SHA-256 of issuer and jti")
    issuer = models.CharField(max_length=200)
    sid = models.CharField(max_length=255, blank=True, help_text="empty: every session")
    subject = models.CharField(max_length=255, blank=True, help_text="empty: the session's")
    issued_at = models.DateTimeField(help_text="by the issuer's clock")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "identity_spent_logout_token"
