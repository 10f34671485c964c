"""One act on many codes: all of it or nothing, each with its own audit row."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.problem import Invalid
from franchise.vouchers import changing, rules
from franchise.vouchers.models import Status, VoucherCode


def turn_many(
    *,
    voucher_ids: Collection[int],
    to: str,
    actor: str,
    because: str = "",
    request: HttpRequest | None = None,
) -> int:
    """Pause, resume or revoke; returns how many changed. What was revoked before stays so.

    Raises Invalid(field=…) when nothing is ticked, for an act that is none, or to revoke without a
    reason.
    """
    if to not in Status.values:
        raise Invalid(_("Choose what to do with them."), field="act")
    if not voucher_ids:
        raise Invalid(_("Tick at least one voucher."), field="chosen")
    status = Status(to)
    because = rules.because(because) if status is Status.REVOKED else ""
    with transaction.atomic():
        rows = VoucherCode.objects.select_for_update().filter(pk__in=voucher_ids)
        rows = rows.exclude(status__in=(Status.REVOKED, status)).order_by("pk")
        found = list(rows)
        for row in found:
            changing.turn(
                row, status, "voucher", actor=actor, because=because, request=request
            )  # fmt: skip
    return len(found)
