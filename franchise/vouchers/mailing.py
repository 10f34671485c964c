"""Codes that travel by mail: one for each person, whom alone it serves."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from catalyst.vault.services import get_many
from franchise.mails import services as mails
from franchise.vouchers import codes, issuing
from franchise.vouchers.models import Batch, VoucherCode


def issue_by_mail(
    *,
    campaign_id: int,
    recipients: Sequence[str],
    redeem_url: str,
    actor: str,
    label: str = "",
    max_redemptions: int = 1,
    request: HttpRequest | None = None,
) -> Batch:
    """One code for each address, promised to be mailed to it; all of it or nothing.

    Raises NotFound, Conflict, Invalid(field="recipients") where the campaign has no end: a mail
    says until when.
    """
    with transaction.atomic():
        if issuing.live(campaign_id).ends_at is None:
            raise Invalid(
                _("A voucher that is mailed has a last day. Give the campaign one first."),
                field="recipients",
            )
        batch = issuing.add_batch(
            campaign_id=campaign_id,
            size=len(recipients),
            recipients=recipients,
            label=label,
            max_redemptions=max_redemptions,
            actor=actor,
            request=request,
        )
        made = list(VoucherCode.objects.select_related("campaign").filter(batch=batch))
        opened = get_many([str(voucher.sealed_code) for voucher in made])
        for voucher, code in zip(made, opened, strict=True):
            _promise(voucher, code, redeem_url)
    return batch


def _promise(voucher: VoucherCode, code: Secret, redeem_url: str) -> None:
    mails.send(
        kind="voucher-issued",
        to=voucher.bound_email or "",
        key=f"voucher:{voucher.pk}",
        context={
            "code": Secret(codes.grouped(code)),
            "credit": voucher.credit,
            "ends": voucher.ends_at,
            "redeem_url": redeem_url,
        },
    )
