"""Reading a code that a peer signed, judging it without asking anybody, and taking it in.

Taken in, it is a code like any other: one statement counts its use, unique rows refuse the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from catalyst.vault.secret import Secret
from catalyst.work.clock import database_now
from franchise.crossing import keys, lists, pairs, token
from franchise.crossing.models import PeerKey, TakenIn
from franchise.crossing.token import Claims, Unreadable
from franchise.money import Money
from franchise.vouchers import services as vouchers
from franchise.vouchers.problems import unknown
from franchise.vouchers.services import State, Worth

ACTOR = "system:crossing"


@dataclass(frozen=True, slots=True)
class Proved:
    """Claims whose signature, issuer and audience are good; the rest is not judged yet."""

    claims: Claims
    key: PeerKey

    @property
    def credit(self) -> Money:
        return Money(self.claims.amount_minor, self.claims.currency)

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(self.claims.ends_at, UTC)


class Reader:
    """For `vouchers.elsewhere`. Unknown, revoked and for somebody else look the same."""

    def judge(self, code: Secret) -> Worth:
        proved = prove(code)
        if proved is None or proved.claims.serial in proved.key.peer.list_serials:
            return Worth(State.UNKNOWN)
        now = database_now()
        if proved.ends_at <= now:
            return Worth(State.EXPIRED)
        if lists.is_too_old(proved.key.peer, now):
            return Worth(State.UNCHECKED)
        return Worth(State.VALID, proved.credit, vouchers.last_day(proved.ends_at))

    def take_in(self, code: Secret) -> None:
        proved = prove(code)
        if proved is None:
            raise unknown()
        with transaction.atomic():
            voucher = vouchers.take_in(
                issuer=proved.claims.issuer,
                campaign=f"{proved.claims.issuer} #{proved.claims.campaign}",
                credit=proved.credit,
                code=code,
                uses=proved.claims.uses,
                ends_at=proved.ends_at,
                actor=ACTOR,
            )
            try:
                with transaction.atomic():
                    TakenIn.objects.get_or_create(
                        voucher=voucher,
                        defaults={"peer": proved.key.peer, "serial": proved.claims.serial},
                    )
            except IntegrityError as error:
                # Its issuer signed one serial twice, with other words.
                raise unknown() from error


def prove(code: Secret) -> Proved | None:
    """None: not written for us, by somebody whose signature we take."""
    try:
        signed = token.read(code.reveal())
    except Unreadable:
        return None
    claims = signed.claims
    if claims.audience != keys.our_name():
        return None
    rows = PeerKey.objects.select_related("peer").filter(withdrawn_at=None, peer__takes=True)
    key = rows.filter(name=claims.key, peer__fqdn=claims.issuer).first()
    if key is None or not pairs.is_signed(key.public, signed.message, signed.signature):
        return None
    return Proved(claims, key)
