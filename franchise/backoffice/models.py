"""Rows of this room: filters that people keep."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """One person's filter of one list, under a name."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=60, help_text="name of the list's address")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, help_text="as in the address, without the page's key")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "franchise_saved_filter"
        constraints = (
            models.UniqueConstraint(
                fields=("person", "page", "name"), name="franchise_saved_filter_name"
            ),
            models.CheckConstraint(
                name="franchise_saved_filter_says_something",
                condition=~models.Q(name="") & ~models.Q(query=""),
            ),
        )

    def __str__(self) -> str:
        return self.name
