"""Codes and campaigns as their sellers list them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from franchise.money import Money
from franchise.vouchers import states
from franchise.vouchers.models import Redemption, VoucherCode


@dataclass(frozen=True, slots=True)
class Row:
    """`state`: what it is now, a word of `states.Standing`."""

    voucher: VoucherCode
    state: str


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Row]
    next_before: int | None


def page(*, before: int | None = None, limit: int = 50) -> Page:
    """Vouchers newest first, by key."""
    rows = states.judged(VoucherCode.objects.order_by("-id"))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    shown = [Row(voucher, states.standing(voucher).value) for voucher in found[:limit]]
    return Page(shown, found[limit - 1].pk if len(found) > limit else None)


def credit_of(*, organization_ids: Iterable[int]) -> dict[int, list[Money]]:
    """Credit each Organization got from vouchers, one amount per currency."""
    sums = (
        Redemption.objects.filter(organization_id__in=organization_ids)
        .exclude(state=Redemption.State.RELEASED)
        .values_list("organization_id", "currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("organization_id", "currency")
    )
    credit: dict[int, list[Money]] = defaultdict(list)
    for organization_id, currency, total in sums:
        credit[organization_id].append(Money(int(total), currency))
    return dict(credit)
