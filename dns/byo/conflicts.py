"""Domains that cannot come because of what is here already. Reads rows only."""

from __future__ import annotations

import uuid

from django.conf import settings

from catalyst.work import locks
from dns.byo.problems import DomainTaken, OursAlready
from dns.byo.selectors import living
from dns.pools.models import Pool
from dns.registrars.values import host


def overlaps(one: str, other: str) -> bool:
    """The same, or one lies under the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def lock_family(registrable: str) -> None:
    """Until the end of the transaction nobody else claims a name of this registered domain."""
    locks.hold(f"dns.byo:{registrable}")


def refuse_ours(fqdn: str) -> None:
    """Raises OursAlready for a domain that is, holds or lies under one of our own."""
    own = {host(name).partition(".")[2] for name in settings.CATALYST.nameservers}
    for domain in (*Pool.objects.values_list("domain", flat=True), *sorted(own)):
        if overlaps(fqdn, domain):
            where = "is" if fqdn == domain else "overlaps with"
            raise OursAlready(
                f"{fqdn} {where} {domain}, under which names are given out here. Choose a name in "
                "that pool instead.",
                field="domain",
            )


def refuse_taken(
    fqdn: str, registrable: str, *, account: str, but: uuid.UUID | None = None
) -> None:
    """Raises DomainTaken when a proven domain of anybody overlaps, or an unproven one of one's own.

    Somebody's unproven claim shuts nobody out: else anyone could keep a domain from its owner.
    """
    for row in living().filter(registrable=registrable):
        if row.pk == but or not overlaps(fqdn, row.fqdn):
            continue
        if row.account == account:
            raise DomainTaken(
                f"You use {row.fqdn} here already. Give it up first, or go on there.",
                field="domain",
            )
        if row.proved_at is not None:
            # Whose it is is nobody's business.
            raise DomainTaken(
                f"Another account has proven that {fqdn} or a name around it is theirs. If it is "
                "yours, write to our support.",
                field="domain",
            )
