"""Codes leave the vault for print: every row says who took it out and when, and so does the audit.

A leaked sheet is traced by its mark: the audit has it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import NotFound
from catalyst.vault.secret import Secret
from catalyst.vault.services import get_many
from franchise.vouchers.models import Batch, Campaign, Status, VoucherCode

# Of cards on one PDF; a thousand sheets in one file help nobody.
MOST_ON_PAPER = 200


@dataclass(frozen=True, slots=True)
class Exported:
    """One code for print."""

    voucher: VoucherCode
    code: Secret


@dataclass(frozen=True, slots=True)
class Export:
    """`mark` names this export in the audit."""

    campaign: Campaign
    rows: list[Exported]
    mark: str
    by: str
    at: datetime

    @property
    def watermark(self) -> str:
        return f"{self.by} · {self.at:%Y-%m-%d %H:%M} UTC · {self.mark}"


def export(
    *,
    batch_id: int,
    form: str,
    actor: str,
    part: int = 0,
    parts_of: int | None = None,
    request: HttpRequest | None = None,
) -> Export:
    """The codes of a batch that are not revoked, in their order; `part` of `parts_of` codes each.

    `form` is what they become (csv, pdf), for the audit. Raises NotFound, VaultAway.
    """
    with transaction.atomic():
        batch = Batch.objects.select_related("campaign").filter(pk=batch_id).first()
        if batch is None:
            raise NotFound(_("There is no such batch."))
        found = VoucherCode.objects.filter(batch=batch).exclude(status=Status.REVOKED)
        rows = found.select_related("campaign").order_by("id")
        taken = list(rows[part * parts_of : (part + 1) * parts_of] if parts_of else rows)
        if not taken:
            raise NotFound(_("There are no codes to print."))
        mark = secrets.token_hex(4)
        event = record(
            actor=actor, act="franchise.voucher-export", object=f"campaign:{batch.campaign_id}",
            after={"batch": batch.pk, "form": form, "codes": len(taken), "mark": mark,
                   "first": taken[0].pk, "last": taken[-1].pk},
            request=request,
        )  # fmt: skip
        opened = get_many([str(row.sealed_code) for row in taken])
        pairs = zip(taken, opened, strict=True)
        exported = [Exported(row, code) for row, code in pairs]
        return Export(batch.campaign, exported, mark, actor, event.at)


def parts(batch: Batch) -> range:
    """Numbers of the PDFs a batch makes."""
    return range(-(-batch.size // MOST_ON_PAPER))
