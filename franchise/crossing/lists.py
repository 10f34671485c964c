"""What issuers took back: our list, signed and published; and the newest of every peer's.

A list says when it was made, by its issuer's clock. One that is older than
`CATALYST_SIGNED_VOUCHER_LIST_AGE` is not gone by: better no credit today than credit that was
taken back. An older list never replaces a newer one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from catalyst.work import locks, outbox
from catalyst.work.clock import database_now
from franchise.crossing import client, documents, keys, peers
from franchise.crossing.documents import NotTrue
from franchise.crossing.models import OurList, Peer, SignedVoucher

log = structlog.get_logger(__name__)
RENEW = timedelta(minutes=10)
ASK_EVERY = timedelta(minutes=5)
AHEAD = timedelta(minutes=5)  # so much a peer's clock may be before ours
LOCK = "franchise.crossing: list"


def published() -> str:
    """Our list as it was signed last."""
    newest = OurList.objects.order_by("-id").first()
    return newest.document if newest else renew()


def renew() -> str:
    """Sign what is taken back now; only codes that could still be redeemed are on it.

    Joins the caller's transaction. Raises VaultAway.
    """
    with transaction.atomic():
        locks.hold(LOCK)
        made = OurList.objects.create(document="")
        rows = SignedVoucher.objects.filter(revoked_at__isnull=False, campaign__ends_at__gt=Now())
        body = {
            "issuer": keys.our_name(),
            "number": made.pk,
            "made_at": database_now().astimezone(UTC).isoformat(),
            "revoked": sorted(rows.values_list("serial", flat=True)),
        }
        pen = keys.pen()
        document = documents.pack(documents.REVOKED, body, key=pen.key.name, sign=pen.sign)
        OurList.objects.filter(pk=made.pk).update(document=document)
        OurList.objects.filter(pk__lt=made.pk).delete()
    return document


def renew_due() -> None:
    """For every round: where vouchers were signed at all."""
    fresh = OurList.objects.filter(made_at__gt=Now() - RENEW).exclude(document="")
    if SignedVoucher.objects.exists() and not fresh.exists():
        renew()


def ask_due() -> None:
    """Promise to ask the peers that were not asked for a while."""
    long_ago = Q(asked_at=None) | Q(asked_at__lt=Now() - ASK_EVERY)
    due = Peer.objects.filter(long_ago, takes=True)
    for peer in due.order_by("pk"):
        if due.filter(pk=peer.pk).update(asked_at=Now()):
            outbox.put(topic=peers.ASK, key=peer.fqdn)


def ask(*, fqdn: str) -> None:
    """Fetch a peer's list now; what goes wrong is kept on its row. The next round asks again."""
    peer = Peer.objects.filter(fqdn=fqdn, takes=True).first()
    if peer is None:
        return
    try:
        hear(peer=peer, document=client.fetch(peer.url, client.REVOKED))
        trouble = ""
    except (client.PeerAway, NotTrue) as error:
        log.warning("a peer's list could not be had", peer=fqdn, error=str(error))
        trouble = str(error)[:200]
    Peer.objects.filter(pk=peer.pk).update(asked_at=Now(), trouble=trouble)


def hear(*, peer: Peer, document: str) -> None:
    """Take a list in, however it came here. Raises NotTrue."""
    public = peers.public_of(peer.fqdn)
    body = documents.unpack(documents.REVOKED, document, public=public.get)
    try:
        number, made_at = int(body["number"]), datetime.fromisoformat(body["made_at"])
        serials = sorted({str(each) for each in body["revoked"]})
        ahead = made_at > database_now() + AHEAD
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotTrue("the list is not as lists are") from error
    if body.get("issuer") != peer.fqdn:
        raise NotTrue("the list is of another Sovereign")
    if ahead:
        raise NotTrue("the list is of the future")
    # An older one is no news: whoever sends it wants something to be forgotten.
    Peer.objects.filter(pk=peer.pk, list_number__lte=number).update(
        list_number=number, list_made_at=made_at, list_serials=serials
    )


def is_too_old(peer: Peer, now: datetime) -> bool:
    age: timedelta = settings.CATALYST.signed_voucher_list_age
    return peer.list_made_at is None or peer.list_made_at + age < now
