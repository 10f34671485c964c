"""Rows of this room: what was promised to whom, and who wants no offers."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from catalyst.language.words import lazy


class MailState(models.TextChoices):
    PROMISED = "promised", lazy("Promised")
    SENT = "sent", lazy("Sent")
    FAILED = "failed", lazy("Failed")
    SUPPRESSED = "suppressed", lazy("Not wanted")


class Mail(models.Model):
    """One mail to one address. Its words are in the templates; here is what they are filled with.

    A secret is never among them: it lies in the vault until the mail server took the mail.
    """

    kind = models.CharField(max_length=40)
    to = models.EmailField(max_length=254, help_text="lower case")
    key = models.CharField(max_length=120, help_text="of what it tells; once per kind and address")
    language = models.CharField(max_length=10, blank=True, help_text="empty: found when it is sent")
    context = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict, help_text="vault references by name, until it is sent")
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.PROMISED)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True, help_text="why it was given up")
    message_id = models.CharField(max_length=200, unique=True)
    promised_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "franchise_mail"
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "to", "key"), name="franchise_mail_once_per_event"
            ),
            models.CheckConstraint(
                name="franchise_mail_address_in_lower_case", condition=models.Q(to=Lower("to"))
            ),
            models.CheckConstraint(
                name="franchise_mail_state_is_known",
                condition=models.Q(state__in=MailState.values),
            ),
            models.CheckConstraint(
                name="franchise_mail_sent_has_a_time",
                condition=models.Q(state=MailState.SENT, sent_at__isnull=False)
                | (~models.Q(state=MailState.SENT) & models.Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="franchise_mail_keeps_no_secret",
                condition=models.Q(state=MailState.PROMISED) | models.Q(secrets={}),
            ),
        )
        indexes = (
            models.Index(
                fields=("promised_at",),
                condition=models.Q(state=MailState.PROMISED),
                name="franchise_mail_waiting",
            ),
            models.Index(fields=("key",), name="franchise_mail_by_key"),
            models.Index(fields=("to", "-id"), name="franchise_mail_by_address"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class MailSuppression(models.Model):
    """This address wants no offers. What concerns its own Organization it gets all the same."""

    address = models.EmailField(max_length=254, unique=True, help_text="lower case")
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_mail_suppression"

    def __str__(self) -> str:
        return self.address
