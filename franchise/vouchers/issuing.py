"""Making campaigns and codes: one, chosen by hand, or thousands at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.vault.secret import Secret
from catalyst.vault.services import put as seal
from catalyst.vault.services import put_many as seal_many
from catalyst.work import copying
from franchise.money import Money
from franchise.organizations.services import clean_email
from franchise.vouchers import codes, rules, states
from franchise.vouchers.guessing import is_guessable
from franchise.vouchers.models import Batch, Campaign, Status, VoucherCode
from franchise.vouchers.rules import Rules
from franchise.vouchers.states import Standing

SEALED_AS = "franchise.voucher-code"
MOST_AT_ONCE = 10_000
MOST_RECIPIENTS = 500
OPENS_BEFORE_IT_ENDS = "franchise_campaign_opens_before_it_ends"


class CodeTaken(Conflict):
    type = "voucher-code-taken"
    title = lazy("This code was given out before")


@dataclass(frozen=True, slots=True)
class Issued:
    """`guessable`: the code was chosen, and a stranger might try it."""

    voucher: VoucherCode
    code: Secret
    guessable: bool = False


def create_campaign(*, wanted: Rules, actor: str, request: HttpRequest | None = None) -> Campaign:
    """A campaign without codes yet. Raises Invalid(field=…)."""
    values = rules.columns(wanted)
    with transaction.atomic():
        campaign = _made(values, actor)
        judged = states.judged_campaigns(Campaign.objects.all()).get(pk=campaign.pk)
        if states.standing(judged) is Standing.EXPIRED:
            raise _ends_too_early()
        if campaign.budget is not None and campaign.budget < campaign.credit:
            raise Invalid(_("The budget pays for one voucher at least."), field="budget")
        record(
            actor=actor, act="franchise.campaign-create", object=f"campaign:{campaign.pk}",
            after=facts_of(judged), request=request,
        )  # fmt: skip
    return judged


def _made(values: dict[str, Any], actor: str) -> Campaign:
    try:
        with transaction.atomic():
            return Campaign.objects.create(**values, created_by=actor)
    except IntegrityError as error:
        if OPENS_BEFORE_IT_ENDS not in str(error):
            raise
        raise _ends_too_early() from error


def issue(
    *,
    credit: Money,
    max_redemptions: int,
    expires_at: datetime | None,
    actor: str,
    label: str = "",
    code: Secret | None = None,
    request: HttpRequest | None = None,
) -> Issued:
    """A campaign of one code, made or chosen. Raises Invalid(field=…), CodeTaken."""
    rules.max_redemptions(max_redemptions)
    name = " ".join(label.split())[: rules.LONGEST_NAME]
    wanted = Rules(name=name or _("One voucher"), credit=credit, ends_at=expires_at)
    with transaction.atomic():
        campaign = create_campaign(wanted=wanted, actor=actor, request=request)
        return add_code(
            campaign_id=campaign.pk,
            max_redemptions=max_redemptions,
            label=label,
            code=code,
            actor=actor,
            request=request,
        )


def add_code(
    *,
    campaign_id: int,
    actor: str,
    code: Secret | None = None,
    label: str = "",
    max_redemptions: int = 1,
    bound_email: str = "",
    expires_at: datetime | None = None,
    request: HttpRequest | None = None,
) -> Issued:
    """One more code of a campaign. Raises NotFound, Invalid(field=…), CodeTaken, Conflict."""
    rules.max_redemptions(max_redemptions)
    written = codes.new_code() if code is None else codes.chosen(code)
    with transaction.atomic():
        campaign = live(campaign_id)
        voucher = VoucherCode(
            campaign=campaign,
            code_hash=_hash(written),
            last4=codes.last4(written),
            sealed_code=seal(purpose=SEALED_AS, secret=written),
            label=_label(label),
            max_redemptions=max_redemptions,
            bound_email=clean_email(bound_email) if bound_email else None,
            expires_at=expires_at,
            created_by=actor,
        )
        _save(voucher)
        must_end_later(voucher)
        record(
            actor=actor, act="franchise.voucher-issue", object=f"voucher:{voucher.pk}",
            after={"campaign": campaign.pk, "credit": str(campaign.credit), "last4": voucher.last4,
                   "max_redemptions": max_redemptions, "chosen": code is not None,
                   "ends_at": voucher.ends_at and voucher.ends_at.isoformat()},
            request=request,
        )  # fmt: skip
    return Issued(voucher, written, code is not None and is_guessable(written.reveal()))


def add_batch(
    *,
    campaign_id: int,
    size: int,
    actor: str,
    label: str = "",
    max_redemptions: int = 1,
    recipients: Sequence[str] = (),
    request: HttpRequest | None = None,
) -> Batch:
    """`size` made codes, or one for each recipient that only they can use. One audit row.

    Raises NotFound, Invalid(field=…), Conflict.
    """
    rules.max_redemptions(max_redemptions)
    bound: list[str] = [clean_email(each) for each in dict.fromkeys(recipients)]
    size = len(bound) or size
    if not 1 <= size <= MOST_AT_ONCE:
        raise Invalid(_("One to ten thousand codes can be made at once."), field="size")
    with transaction.atomic():
        campaign = live(campaign_id)
        batch = Batch.objects.create(campaign=campaign, size=size, created_by=actor)
        made = [codes.new_code() for _each in range(size)]
        sealed = seal_many(purpose=SEALED_AS, secrets=made)
        hash_of = codes.hasher()
        copying.add(
            VoucherCode(
                campaign=campaign,
                batch=batch,
                code_hash=hash_of(code),
                last4=codes.last4(code),
                sealed_code=reference,
                label=_label(label),
                max_redemptions=max_redemptions,
                bound_email=bound[number] if bound else None,
                created_by=actor,
            )
            for number, (code, reference) in enumerate(zip(made, sealed, strict=True))
        )
        record(
            actor=actor, act="franchise.voucher-batch", object=f"campaign:{campaign.pk}",
            after={"batch": batch.pk, "codes": size, "max_redemptions": max_redemptions,
                   "credit": str(campaign.credit)},
            request=request,
        )  # fmt: skip
    return batch


def live(campaign_id: int) -> Campaign:
    """Not locked: a code of a campaign that is revoked meanwhile is revoked with it. Raises
    NotFound, Conflict when it was."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        raise no_campaign()
    must_be_ours(campaign)
    if campaign.status == Status.REVOKED:
        raise Conflict(_("This campaign was revoked, which is for good. Make a new one."))
    return campaign


def must_be_ours(campaign: Campaign) -> None:
    """Codes of another Sovereign's are what it signed. Raises Conflict."""
    if campaign.issuer:
        raise Conflict(
            _("%(issuer)s signed these codes, and only there they change. Here they can be paused.")
            % {"issuer": campaign.issuer}
        )


def no_campaign() -> NotFound:
    return NotFound(_("There is no such campaign."))


def must_end_later(voucher: VoucherCode) -> None:
    """By the database's clock. Raises Invalid(field="expires_on")."""
    judged = states.judged(VoucherCode.objects.all()).get(pk=voucher.pk)
    if states.standing(judged) is Standing.EXPIRED:
        raise _ends_too_early()


def facts_of(campaign: Campaign) -> dict[str, object]:
    """The rules as the audit keeps them."""
    ends = campaign.ends_at
    return {
        "name": campaign.name,
        "credit": str(campaign.credit),
        "starts_at": campaign.starts_at.isoformat(),
        "ends_at": ends and ends.isoformat(),
        "budget": str(campaign.budget) if campaign.budget else None,
        "minimum_order": str(campaign.minimum_order),
        **{
            name: getattr(campaign, name)
            for name in (*rules.COUNTS, "plans", "first_order_only", "credit_expires_days")
        },
    }


def _hash(written: Secret) -> str:
    canonical = codes.normalise(written)
    assert canonical is not None, "a code that was made or chosen can be read back"
    return codes.code_hash(canonical)


def _save(voucher: VoucherCode) -> None:
    try:
        with transaction.atomic():
            voucher.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(
            _("Every code is given out once, also one that was revoked. Choose another."),
            field="code",
        ) from error


def _label(text: str) -> str:
    return " ".join(text.split())[:80]


def _ends_too_early() -> Invalid:
    return Invalid(_("A voucher ends in the future."), field="expires_on")
