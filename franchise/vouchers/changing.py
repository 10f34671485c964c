"""Pausing, resuming, revoking, extending, editing: of a campaign and of one code.

Every change locks its row and leaves an audit row with what was and what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound
from franchise.vouchers import rules
from franchise.vouchers.issuing import (
    OPENS_BEFORE_IT_ENDS,
    facts_of,
    must_be_ours,
    must_end_later,
    no_campaign,
)
from franchise.vouchers.models import Campaign, Status, VoucherCode

# What was promised to those who redeemed already.
FIXED_BY_USE = ("credit_minor", "currency", "credit_expires_days")
OF_A_CODE = ("label", "max_redemptions", "expires_at")


class ChangedMeanwhile(Conflict):
    type = "campaign-changed-meanwhile"
    title = lazy("Somebody else changed this campaign")


class InUse(Conflict):
    """`field` in `extra` is what cannot change any more."""

    type = "campaign-in-use"
    title = lazy("This was promised to customers already")


def pause(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Stop redemptions for a while; pausing twice is fine. Raises NotFound, Conflict."""
    _turn_code(voucher_id, Status.PAUSED, actor=actor, request=request)


def resume(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Let a paused code be used again. Raises NotFound, Conflict when it was revoked."""
    _turn_code(voucher_id, Status.ACTIVE, actor=actor, request=request)


def revoke(
    *, voucher_id: int, actor: str, because: str = "", request: HttpRequest | None = None
) -> None:
    """End a code for good; credit that was given stays. Revoking twice is fine."""
    _turn_code(voucher_id, Status.REVOKED, actor=actor, because=because, request=request)


def pause_campaign(*, campaign_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Stop all its codes for a while. Raises NotFound, Conflict."""
    _turn_campaign(campaign_id, Status.PAUSED, actor=actor, request=request)


def resume_campaign(*, campaign_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """What was paused code by code stays paused. Raises NotFound, Conflict."""
    _turn_campaign(campaign_id, Status.ACTIVE, actor=actor, request=request)


def revoke_campaign(
    *, campaign_id: int, actor: str, because: str, request: HttpRequest | None = None
) -> None:
    """End all its codes for good. Raises NotFound, Invalid(field="because")."""
    because = rules.because(because)
    _turn_campaign(campaign_id, Status.REVOKED, actor=actor, because=because, request=request)


def extend(
    *, voucher_id: int, expires_at: datetime, actor: str, request: HttpRequest | None = None
) -> None:
    """Give one code another end than its campaign has. Raises NotFound, Conflict, Invalid."""
    change = {"expires_at": expires_at}
    edit_code(voucher_id=voucher_id, changes=change, actor=actor, request=request)


def edit_code(
    *,
    voucher_id: int,
    changes: Mapping[str, Any],
    actor: str,
    request: HttpRequest | None = None,
) -> None:
    """Change `label`, `max_redemptions`, `expires_at`: those that are given and nothing else.

    Raises NotFound, Conflict when it was revoked, Invalid(field=…) for a cap below what is
    redeemed or an end that is over.
    """
    if unknown := changes.keys() - set(OF_A_CODE):
        raise TypeError(f"of a code nobody changes {sorted(unknown)}")
    with transaction.atomic():
        voucher = locked(voucher_id)
        must_be_ours(voucher.campaign)
        _must_not_be_revoked(voucher.status)
        before = {name: getattr(voucher, name) for name in changes}
        if "max_redemptions" in changes:
            _cap_must_cover(rules.max_redemptions(changes["max_redemptions"]), voucher.redeemed)
        for name, value in changes.items():
            setattr(voucher, name, value)
        after = {name: getattr(voucher, name) for name in changes}
        if before == after:
            return
        voucher.save(update_fields=list(changes))
        if "expires_at" in changes:
            must_end_later(voucher)
        record(
            actor=actor, act="franchise.voucher-edit", object=f"voucher:{voucher_id}",
            before=_plain(before), after=_plain(after), request=request,
        )  # fmt: skip


def edit_campaign(
    *,
    campaign_id: int,
    changes: Mapping[str, Any],
    version: int | None,
    actor: str,
    request: HttpRequest | None = None,
) -> Campaign:
    """Change those rules that are given (names of `Rules`) and nothing else.

    `version` is the one the person saw; None: whatever it is. Raises NotFound, ChangedMeanwhile,
    Conflict when it was revoked, InUse for what was promised to those who redeemed, Invalid.
    """
    with transaction.atomic():
        campaign = locked_campaign(campaign_id)
        must_be_ours(campaign)
        _must_not_be_revoked(campaign.status)
        if version is not None and version != campaign.version:
            raise ChangedMeanwhile(
                _("Load the page again to see what it is now. Nothing was changed.")
            )
        before = facts_of(campaign)
        credit = changes.get("credit")
        currency = credit.currency if credit else campaign.currency
        _take_over(campaign, rules.checked(dict(changes), currency=currency))
        _save(campaign)
        campaign.refresh_from_db()
        if (after := facts_of(campaign)) == before:
            return campaign
        Campaign.objects.filter(pk=campaign.pk).update(version=campaign.version + 1)
        changed = [name for name in after if after[name] != before[name]]
        record(
            actor=actor, act="franchise.campaign-edit", object=f"campaign:{campaign_id}",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed}, request=request,
        )  # fmt: skip
        campaign.version += 1
        return campaign


def locked(voucher_id: int) -> VoucherCode:
    """Raises NotFound."""
    voucher = VoucherCode.objects.select_for_update().filter(pk=voucher_id).first()
    if voucher is None:
        raise NotFound(_("There is no such voucher."))
    return voucher


def locked_campaign(campaign_id: int) -> Campaign:
    """Raises NotFound."""
    campaign = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).first()
    if campaign is None:
        raise no_campaign()
    return campaign


def _take_over(campaign: Campaign, values: dict[str, Any]) -> None:
    changed = {name: worth for name, worth in values.items() if getattr(campaign, name) != worth}
    for name in FIXED_BY_USE:
        if name in changed and campaign.redeemed:
            raise InUse(
                _("It was redeemed already, so its credit stays. Make a new campaign for another."),
                field="amount" if name != "credit_expires_days" else name,
            )
    if "currency" in changed and (campaign.budget_minor or campaign.minimum_order_minor):
        missing = {"budget_minor", "minimum_order_minor"} - values.keys()
        if missing:
            raise Invalid(_("Write budget and order in the same currency."), field="currency")
    if (cap := values.get("max_redemptions")) is not None:
        _cap_must_cover(cap, campaign.redeemed)
    budget = values.get("budget_minor")
    if budget is not None and budget < max(campaign.spent_minor, campaign.credit_minor):
        raise Invalid(_("This is less than what was given already or than one voucher."),
                      field="budget")  # fmt: skip
    for name, worth in values.items():
        setattr(campaign, name, worth)


def _save(campaign: Campaign) -> None:
    try:
        with transaction.atomic():
            campaign.save(force_update=True)
    except IntegrityError as error:
        if OPENS_BEFORE_IT_ENDS not in str(error):
            raise
        raise Invalid(_("It ends after it begins."), field="ends_on") from error


def _cap_must_cover(cap: int, redeemed: int) -> None:
    if cap < redeemed:
        raise Invalid(
            _("It was redeemed %(count)d times already; the cap cannot be lower.")
            % {"count": redeemed},
            field="max_redemptions",
        )


def _turn_code(
    voucher_id: int,
    to: Status,
    *,
    actor: str,
    because: str = "",
    request: HttpRequest | None,
) -> None:
    with transaction.atomic():
        turn(locked(voucher_id), to, "voucher", actor=actor, because=because, request=request)


def _turn_campaign(
    campaign_id: int,
    to: Status,
    *,
    actor: str,
    because: str = "",
    request: HttpRequest | None,
) -> None:
    with transaction.atomic():
        row = locked_campaign(campaign_id)
        turn(row, to, "campaign", actor=actor, because=because, request=request)


def turn(
    row: VoucherCode | Campaign,
    to: Status,
    kind: str,
    *,
    actor: str,
    because: str,
    request: HttpRequest | None,
) -> None:
    before = row.status
    if before == to:
        return
    _must_not_be_revoked(before)
    row.status, row.revoked_because = to, because
    row.save(update_fields=["status", "revoked_because"])
    record(
        actor=actor, act=f"franchise.{kind}-{to}", object=f"{kind}:{row.pk}",
        before={"status": before},
        after={"status": to} | ({"because": because} if because else {}), request=request,
    )  # fmt: skip


def _must_not_be_revoked(status: str) -> None:
    if status == Status.REVOKED:
        raise Conflict(_("This voucher was revoked, which is for good. Issue a new one."))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: worth.isoformat() if isinstance(worth, datetime) else worth
        for name, worth in facts.items()
    }
