"""A code that got into wrong hands is replaced: the old one ends, a new one has what it had left.

Who redeemed the old one has their credit and stays bound by the campaign's limits: they are
counted over all codes of it.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict
from catalyst.vault.secret import Secret
from franchise.vouchers import rules
from franchise.vouchers.changing import locked
from franchise.vouchers.issuing import Issued, add_code
from franchise.vouchers.models import Status


def reissue(
    *,
    voucher_id: int,
    actor: str,
    because: str,
    code: Secret | None = None,
    request: HttpRequest | None = None,
) -> Issued:
    """Revoke a code and make another, of the same campaign, cap left, person and end.

    Raises NotFound, Conflict when it was revoked or nothing is left of it, Invalid(because, code),
    CodeTaken.
    """
    because = rules.because(because)
    with transaction.atomic():
        old = locked(voucher_id)
        left = old.max_redemptions - old.redeemed
        if old.status == Status.REVOKED:
            raise Conflict(_("This voucher was revoked, which is for good. Issue a new one."))
        if left < 1:
            raise Conflict(_("Every use of this voucher was taken. Issue a new one."))
        issued = add_code(
            campaign_id=old.campaign_id,
            code=code,
            label=old.label,
            max_redemptions=left,
            bound_email=old.bound_email or "",
            expires_at=old.expires_at,
            actor=actor,
            request=request,
        )
        before = old.status
        old.status, old.revoked_because = Status.REVOKED, because
        old.reissued_as = issued.voucher
        old.save(update_fields=["status", "revoked_because", "reissued_as"])
        for about, facts in (
            (old.pk, {"status": "revoked", "because": because, "reissued_as": issued.voucher.pk}),
            (issued.voucher.pk, {"reissue_of": old.pk, "because": because}),
        ):
            record(
                actor=actor, act="franchise.voucher-reissue", object=f"voucher:{about}",
                before={"status": before} if about == old.pk else None, after=facts,
                request=request,
            )  # fmt: skip
    return issued
