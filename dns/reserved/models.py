"""The list of reserved words with its whole history: any earlier version can be read back."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class ReservedList(models.Model):
    """The one row that counts versions; whoever changes the list locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "dns_reserved_list"
        constraints = (models.CheckConstraint(condition=Q(id=1), name="dns_reserved_list_one"),)


class ReservedWord(models.Model):
    """A label (or an fnmatch pattern of labels) that was reserved from one version to another."""

    word = models.CharField(max_length=63)
    pattern = models.BooleanField(default=False, help_text="shell-style: admin*")
    reason = models.CharField(max_length=200, help_text="ends “… cannot be taken: ”")
    since = models.PositiveIntegerField(help_text="version that brought it")
    until = models.PositiveIntegerField(null=True, blank=True, help_text="version without it")
    added_by = models.CharField(max_length=254)
    added_at = models.DateTimeField()

    class Meta:
        db_table = "dns_reserved_word"
        ordering = ("word",)
        constraints = (
            models.UniqueConstraint(
                "word", name="dns_reserved_word_once", condition=Q(until__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(word__regex=r"^[a-z0-9*?\[\]!-]+$"), name="dns_reserved_word_plain"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="dns_reserved_word_order",
            ),
        )

    def __str__(self) -> str:
        return self.word
