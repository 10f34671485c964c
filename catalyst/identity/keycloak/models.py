"""The first person of a Sovereign, who was made by us."""

from __future__ import annotations

from django.db import models


class FirstAdmin(models.Model):
    """One row, or none yet: whatever happened since, nobody is made first twice.

    Written before Keycloak is asked, so that the code's end is promised before there is a code.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    email = models.EmailField(max_length=254)
    code_until = models.DateTimeField(help_text="the one-time code counts until then at most")
    subject = models.CharField(max_length=255, blank=True, help_text="theirs, once they are there")
    made_at = models.DateTimeField(null=True)
    code_ended_at = models.DateTimeField(null=True, help_text="nothing is left of the code")

    class Meta:
        db_table = "identity_first_admin"
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="identity_first_admin_one"),
        )
