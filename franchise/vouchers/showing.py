"""Showing a code again to those who may see it. Each time is in the audit."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import NotFound
from catalyst.vault.secret import Secret
from catalyst.vault.services import get as open_sealed
from franchise.vouchers.changing import locked
from franchise.vouchers.models import VoucherCode


def reprint(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Note in the audit that someone is about to be shown a code again. Raises NotFound."""
    with transaction.atomic():
        locked(voucher_id)
        record(
            actor=actor, act="franchise.voucher-reprint", object=f"voucher:{voucher_id}",
            request=request,
        )  # fmt: skip


def code_of(*, voucher_id: int) -> Secret:
    """The code, for the person whose `issue` or `reprint` is in the audit. Raises NotFound."""
    voucher = VoucherCode.objects.filter(pk=voucher_id).first()
    if voucher is None:
        raise NotFound(_("There is no such voucher."))
    return open_sealed(str(voucher.sealed_code))
