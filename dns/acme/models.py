"""The challenge values a Sovereign asked for; DNS gets the newest two of a name."""

from __future__ import annotations

from django.db import models

from dns.pools.models import Allocation


class Challenge(models.Model):
    """One value of `_acme-challenge.<fqdn>` TXT. It proves nothing by itself and is public."""

    allocation = models.ForeignKey(Allocation, on_delete=models.CASCADE, related_name="challenges")
    value = models.CharField(max_length=43)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "dns_acme_challenge"
        constraints = (
            models.UniqueConstraint("allocation", "value", name="dns_acme_challenge_once"),
        )
