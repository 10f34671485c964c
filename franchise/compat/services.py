"""The earlier system's acts, done by the rooms that own them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from catalyst.identity.models import User
from catalyst.problem import Conflict, Invalid
from catalyst.vault.secret import Secret
from franchise.ledger import services as ledger
from franchise.ledger.models import Kind
from franchise.money import Money
from franchise.organizations.members import services as members
from franchise.organizations.members.roles import MemberRole, may
from franchise.redeem import description
from franchise.vouchers import problems
from franchise.vouchers import services as vouchers
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import Status, VoucherCode
from franchise.vouchers.states import Standing, standing

LONGEST_DESCRIPTION = 80
MOST_LISTED = 500
MOST_ENTRIES = 20
CURRENCY = "OMR"
NOT_SHOWN = "••••••••"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A code, chosen by hand. None: nothing was said about it."""

    code: Secret
    credit: Money | None = None
    description: str | None = None
    active: bool | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A judged voucher; `code` spelled out, or only its end."""

    voucher: VoucherCode
    code: str

    @property
    def is_active(self) -> bool:
        return standing(self.voucher) not in (Standing.PAUSED, Standing.REVOKED)


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    amount: Money
    reason: str
    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What this person's Organizations can spend, and the latest of what came and went."""

    credit: Money
    entries: list[Entry]


def issue(*, wanted: Wanted, actor: str, request: HttpRequest | None = None) -> Shown:
    """Make a code; of one that is there change what was said and nothing else.

    A cap of 0 is "no cap" for a new code, as ever. For an old one it changes nothing: the earlier
    system's form always sent it (spec §9.1 no. 6). A revoked code stays revoked. Raises Invalid,
    Conflict, InUse, CodeTaken.
    """
    with transaction.atomic():
        known = vouchers.find(code=wanted.code)
        if known is None:
            pk = _make(wanted, actor, request)
        else:
            pk = known.pk
            _change(known, wanted, actor, request)
        if wanted.description is not None:
            description.say(voucher_id=pk, text=wanted.description)
        if wanted.active is not None:
            turn = vouchers.resume if wanted.active else vouchers.pause
            turn(voucher_id=pk, actor=actor, request=request)
        voucher = vouchers.find(code=wanted.code)
    assert voucher is not None, "it was just made or found"
    return Shown(voucher, grouped(vouchers.code_of(voucher_id=pk)))


def _make(wanted: Wanted, actor: str, request: HttpRequest | None) -> int:
    if wanted.credit is None:
        raise Invalid("Say what the voucher is worth.", field="credit_omr")
    issued = vouchers.issue(
        credit=wanted.credit,
        max_redemptions=wanted.cap or vouchers.MOST_REDEMPTIONS,
        expires_at=None,
        label=wanted.description or "",
        code=wanted.code,
        actor=actor,
        request=request,
    )
    return issued.voucher.pk


def _change(known: VoucherCode, wanted: Wanted, actor: str, request: HttpRequest | None) -> None:
    if standing(known) is Standing.REVOKED:
        raise Conflict("This code was revoked, which is for good. Choose another.", field="code")
    changes: dict[str, object] = {}
    if wanted.description is not None:
        changes["label"] = wanted.description
    if wanted.cap:
        changes["max_redemptions"] = wanted.cap
    if changes:
        vouchers.edit_code(voucher_id=known.pk, changes=changes, actor=actor, request=request)
    if wanted.credit is not None and wanted.credit != known.credit:
        _must_be_alone(known)
        vouchers.edit_campaign(
            campaign_id=known.campaign_id,
            changes={"credit": wanted.credit},
            version=None,
            actor=actor,
            request=request,
        )


def _must_be_alone(known: VoucherCode) -> None:
    """Credit is the campaign's: here it is changed only where that is this one code."""
    if known.campaign.codes.count() > 1:
        raise Conflict(
            "This code's credit is that of its whole campaign. Change it there.", field="credit_omr"
        )


def listed(*, actor: str, spelled_out: bool, request: HttpRequest | None = None) -> list[Shown]:
    """Those that were not revoked and not made in bulk, newest first, at most `MOST_LISTED`."""
    found = vouchers.single(limit=MOST_LISTED)
    codes = vouchers.codes_of(vouchers=found, actor=actor, request=request) if spelled_out else {}
    return [
        Shown(each, grouped(codes[each.pk]) if each.pk in codes else f"{NOT_SHOWN}{each.last4}")
        for each in found
    ]


def revoke(*, code: Secret, actor: str, request: HttpRequest | None = None) -> None:
    """For good. Raises UnknownCode, also the second time."""
    with transaction.atomic():
        known = vouchers.find(code=code)
        if known is None or known.status == Status.REVOKED:
            raise problems.unknown()
        vouchers.revoke(voucher_id=known.pk, actor=actor, request=request)


def balance(*, user: User) -> Balance:
    """Of all Organizations whose money they may look at, together."""
    ids = [
        each.organization_id
        for each in members.of_person(user=user)
        if may(each.role, MemberRole.BILLING)
    ]
    own = ledger.balances(organization_ids=ids)
    credit = sum(
        (each.minor for found in own.values() for each in found if each.currency == CURRENCY), 0
    )
    entries = [
        Entry(
            id=str(past.transaction.pk),
            amount=past.amount,
            reason=_reason(past.transaction.kind, past.transaction.campaign),
            order=past.transaction.order,
            at=past.transaction.created_at,
        )
        for pk in ids
        for past in ledger.history(organization_id=pk, limit=MOST_ENTRIES).rows
        if past.amount.currency == CURRENCY
    ]
    newest = sorted(entries, key=lambda each: int(each.id), reverse=True)
    return Balance(Money(credit, CURRENCY), newest[:MOST_ENTRIES])


def _reason(kind: str, campaign: str) -> str:
    """In the earlier system's words, where it had some."""
    if kind == Kind.GRANT:
        return f"promo:{campaign}"
    return "order-payment" if kind == Kind.COMMIT else kind
