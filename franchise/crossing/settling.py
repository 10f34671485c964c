"""Telling an issuer what was redeemed here, and taking in what an audience says of ours.

A report is sent again until it was taken; each use is booked once, by serial and number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from catalyst.work import outbox
from franchise.crossing import client, documents, keys, peers
from franchise.crossing.documents import NotTrue
from franchise.crossing.models import Owed, Peer, Settled, SignedVoucher, TakenIn
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.vouchers.models import Redemption

REPORT = "crossing.report"
AT_ONCE = 200
ACTOR = "system:crossing"
UNKNOWN, OVER_CAP, REVOKED, OTHER_AMOUNT = "unknown", "over-cap", "revoked", "other-amount"


@dataclass(frozen=True, slots=True)
class Use:
    serial: str
    number: int
    amount: Money
    redeemed_at: datetime

    @property
    def name(self) -> str:
        return f"{self.serial}:{self.number}"


def redeemed(*, redemption: Redemption) -> None:
    """Promise to tell the issuer, in the transaction of the redemption. Nothing for our own codes.

    The code's row is locked by then, so its counter is the number of this use.
    """
    taken = TakenIn.objects.select_related("peer", "voucher")
    found = taken.filter(voucher=redemption.voucher_id).first()
    if found is None:
        return
    Owed.objects.create(taken=found, redemption=redemption, number=found.voucher.redeemed)
    outbox.put(topic=REPORT, key=found.peer.fqdn)


def report(*, fqdn: str) -> None:
    """Tell one issuer all it does not know. Raises PeerAway: then the outbox tries again."""
    peer = Peer.objects.filter(fqdn=fqdn).first()
    rows = Owed.objects.filter(taken__peer=peer, said_at=None).select_related("taken", "redemption")
    while peer and (owed := list(rows.order_by("id")[:AT_ONCE])):
        answer = client.send(peer.url, client.SETTLEMENT, _document(fqdn, owed))
        refused = answer.get("refused")
        if not isinstance(refused, dict):
            raise client.PeerAway("its answer does not say what it takes")
        for each in owed:
            why = str(refused.get(f"{each.taken.serial}:{each.number}", ""))[:40]
            Owed.objects.filter(pk=each.pk).update(said_at=Now(), refused=why)


def _document(fqdn: str, owed: list[Owed]) -> str:
    body = {
        "from": keys.our_name(),
        "to": fqdn,
        "uses": [
            {
                "serial": each.taken.serial,
                "number": each.number,
                "minor": each.redemption.amount_minor,
                "currency": each.redemption.currency,
                "at": each.redemption.created_at.astimezone(UTC).isoformat(),
            }
            for each in owed
        ],
    }
    pen = keys.pen()
    return documents.pack(documents.SETTLEMENT, body, key=pen.key.name, sign=pen.sign)


def take(*, document: str) -> dict[str, str]:
    """Book what an audience reports; what is not owed, with the reason. Raises NotTrue."""
    fqdn, uses = _read(document)
    refused: dict[str, str] = {}
    with transaction.atomic():
        rows = SignedVoucher.objects.select_for_update(of=("self",)).select_related("campaign")
        ours = rows.filter(serial__in=[use.serial for use in uses], campaign__audience__fqdn=fqdn)
        found = {each.serial: each for each in ours.order_by("id")}
        for use in uses:
            if why := _book(fqdn, found.get(use.serial), use):
                refused[use.name] = why
    return refused


def _book(fqdn: str, voucher: SignedVoucher | None, use: Use) -> str:
    """Why it is not owed, "" when it is. The same answer every time."""
    if voucher is None:
        return UNKNOWN
    settled, _made = Settled.objects.get_or_create(
        voucher=voucher,
        number=use.number,
        defaults={"redeemed_at": use.redeemed_at, "refused": _refused(voucher, use)},
    )
    if not settled.refused:
        ledger.owe(
            peer=fqdn,
            amount=use.amount,
            source=f"signed:{use.name}",
            actor=ACTOR,
            campaign=voucher.campaign.name,
        )
    return settled.refused


def _refused(voucher: SignedVoucher, use: Use) -> str:
    if not 1 <= use.number <= voucher.campaign.uses:
        return OVER_CAP
    if use.amount != voucher.campaign.credit:
        return OTHER_AMOUNT
    revoked = voucher.revoked_at
    # So long the audience may have gone by a list that did not have it.
    if revoked and use.redeemed_at > revoked + settings.CATALYST.signed_voucher_list_age:
        return REVOKED
    return ""


def _read(document: str) -> tuple[str, list[Use]]:
    sender = ""

    def public(key: str) -> str | None:
        nonlocal sender
        sender, found = peers.owner_of(key)
        return found

    body = documents.unpack(documents.SETTLEMENT, document, public=public)
    if (body.get("from"), body.get("to")) != (sender, keys.our_name()):
        raise NotTrue("the report is of or for another Sovereign")
    try:
        return sender, list(_uses(body["uses"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotTrue("the report is not as reports are") from error


def _uses(rows: list[dict[str, Any]]) -> Iterator[Use]:
    if len(rows) > AT_ONCE:
        raise ValueError("too many at once")
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None or type(row["number"]) is not int or not 0 <= row["number"] < 2**31:
            raise ValueError("not a use")
        yield Use(str(row["serial"]), row["number"], Money(row["minor"], row["currency"]), at)
