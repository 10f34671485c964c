"""The challenge values a Sovereign asked for; DNS gets the newest two of a name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dns.byo.models import DomainMove
from dns.pools.models import Allocation


class Challenge(models.Model):
    """One value of `_acme-challenge.<fqdn>` TXT. It proves nothing by itself and is public.

    Of a name under a pool, or of a domain of the customer's own.
    """

    allocation = models.ForeignKey(
        Allocation, on_delete=models.CASCADE, related_name="challenges", null=True
    )
    move = models.ForeignKey(
        DomainMove, on_delete=models.CASCADE, related_name="challenges", null=True
    )
    value = models.CharField(max_length=43)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "dns_acme_challenge"
        constraints = (
            models.UniqueConstraint("allocation", "value", name="dns_acme_challenge_once"),
            models.UniqueConstraint("move", "value", name="dns_acme_challenge_once_move"),
            models.CheckConstraint(
                condition=Q(allocation__isnull=False) ^ Q(move__isnull=False),
                name="dns_acme_challenge_of_one",
            ),
        )
