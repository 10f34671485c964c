"""Showing a code again to those who may see it. Each time is in the audit."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import NotFound
from catalyst.vault.secret import Secret
from catalyst.vault.services import get as open_sealed
from catalyst.vault.services import get_many as open_many
from franchise.vouchers import states
from franchise.vouchers.changing import locked
from franchise.vouchers.models import Status, VoucherCode


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


def single(*, limit: int) -> list[VoucherCode]:
    """Judged codes that were made one by one and not revoked, newest first."""
    rows = VoucherCode.objects.filter(batch=None).exclude(status=Status.REVOKED)
    return list(states.judged(rows).order_by("-id")[:limit])


def codes_of(
    *, vouchers: Sequence[VoucherCode], actor: str, request: HttpRequest | None = None
) -> dict[int, Secret]:
    """Codes of many vouchers by their id; that they were shown is one row of the audit."""
    if not vouchers:
        return {}
    with transaction.atomic():
        found = open_many([str(each.sealed_code) for each in vouchers])
        record(
            actor=actor, act="franchise.voucher-list-codes", object="vouchers",
            after={"shown": len(vouchers), "first": vouchers[0].pk, "last": vouchers[-1].pk},
            request=request,
        )  # fmt: skip
    return {each.pk: code for each, code in zip(vouchers, found, strict=True)}
