"""One act: write a challenge value of one's own zone. The caller is a machine with a narrow key.

The rows decide which values stand, under the allocation's lock: so parallel orders keep those of
each other. The write to PowerDNS happens inside: the protocol's 200 means "it is there".
"""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from catalyst.audit.services import record
from catalyst.problem import Conflict, Forbidden, Invalid
from catalyst.vault.secret import Secret
from dns.byo.models import DomainMove
from dns.byo.selectors import living as moves
from dns.pools import tokens
from dns.pools.models import LIVE, Allocation, DnsPhase
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns

# SHA-256 in base64url without padding (RFC 8555 §8.4).
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
# `<fqdn>` and `*.<fqdn>` of one order have the same challenge name: the newest two always stand, as
# in acme-dns. What parallel orders wrote stands beside them until their order is surely over.
VALUES_KEPT = 2
ORDER_LIFE = timedelta(minutes=15)
VALUES_MOST = 10
Holder = Allocation | DomainMove
_OURS_BY_NOW = (DnsPhase.ZONE, DnsPhase.SIGNED, DnsPhase.DELEGATED, DnsPhase.PUBLISHED)


class BadText(Invalid):
    type = "bad_txt"
    title = "This is not a challenge value"


class WrongKey(Forbidden):
    """User, key and subdomain do not belong together; says no more than that."""

    type = "forbidden"
    title = "This account may not write here"
    status = 401


class NotReady(Conflict):
    type = "not_ready"
    title = "The zone is not there yet"
    status = 503


def update(*, username: str, key: Secret, subdomain: str, text: str) -> None:
    """Have `_acme-challenge.<fqdn>` TXT hold `text`, beside the values before it.

    Raises WrongKey, BadText, NotReady, PowerDnsError.
    """
    with transaction.atomic():
        row = _account(username=username, key=key, subdomain=subdomain)
        if not _VALUE.fullmatch(text):
            raise BadText("A challenge value has 43 base64url characters.", field="txt")
        if not _has_zone(row):
            raise NotReady(f"{row.fqdn} is not on the name servers yet.")
        kind = "allocation" if isinstance(row, Allocation) else "move"
        row.challenges.update_or_create(value=text, defaults={"created_at": Now()})
        values = _standing(row)
        row.challenges.exclude(value__in=values).delete()
        record(actor=f"acme:{username}", act="dns.acme-update", object=f"{kind}:{row.pk}")
        with PowerDns.from_settings() as server:
            server.write(row.fqdn, [desired.challenge(row.fqdn, values=values)])


def _has_zone(row: Holder) -> bool:
    return row.zone_made if isinstance(row, DomainMove) else row.dns_phase in _OURS_BY_NOW


def _standing(row: Holder) -> list[str]:
    """The values that DNS is to say now, newest first."""
    newest = row.challenges.order_by("-created_at", "-pk")
    young = newest.filter(created_at__gt=Now() - ORDER_LIFE)
    always = list(newest.values_list("value", flat=True)[:VALUES_KEPT])
    still = young.values_list("value", flat=True)[:VALUES_MOST]
    return list(dict.fromkeys([*always, *still]))


def _account(*, username: str, key: Secret, subdomain: str) -> Holder:
    """The living holder of an account, locked. The key is compared for a wrong user too."""
    row: Holder | None = None
    try:
        user = uuid.UUID(username)
    except ValueError:
        pass
    else:
        living = Allocation.objects.select_for_update().filter(state__in=LIVE)
        row = living.filter(acme_username=user).first() or (
            moves().select_for_update().filter(acme_username=user).first()
        )
    right = tokens.matches(key, row.acme_key_hash if row else "0" * 64)
    if row is None or not right or subdomain != str(row.pk):
        raise WrongKey
    return row
