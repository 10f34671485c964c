"""Codes, campaigns and redemptions as their sellers list them: by key, never by offset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from django.db import models
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import NotFound
from franchise.money import Money
from franchise.vouchers import states
from franchise.vouchers.models import Batch, Campaign, Redemption, VoucherCode

Thing = TypeVar("Thing")
PAGE = 50
_NEVER = Value(datetime(9999, 12, 31, tzinfo=UTC), output_field=models.DateTimeField())


class Sort(models.TextChoices):
    NEWEST = "newest", lazy("Newest first")
    REDEEMED = "redeemed", lazy("Most redeemed first")
    ENDS = "ends", lazy("Ending soonest first")


# What each sorts by before the id, and whether the largest comes first.
_KEYS: dict[str, tuple[str, bool] | None] = {
    Sort.NEWEST: None,
    Sort.REDEEMED: ("redeemed", True),
    Sort.ENDS: ("ends", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Nothing given: everything. `text` is looked for in names, labels, addresses, last letters."""

    text: str = ""
    standing: str = ""
    campaign_id: int | None = None
    batch_id: int | None = None
    sort: str = Sort.NEWEST.value


@dataclass(frozen=True, slots=True)
class Row:
    """`state`: what it is now, a word of `states.Standing`. `open`: what it may still give."""

    voucher: VoucherCode
    state: str

    @property
    def word(self) -> str:
        return str(states.Standing(self.state).label)

    @property
    def open(self) -> Money:
        left = self.voucher.max_redemptions - self.voucher.redeemed
        if self.state in (states.Standing.REVOKED, states.Standing.EXPIRED):
            left = 0
        return Money(left * self.voucher.campaign.credit_minor, self.voucher.campaign.currency)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    campaign: Campaign
    state: str
    codes: int

    @property
    def word(self) -> str:
        return str(states.Standing(self.state).label)


@dataclass(frozen=True, slots=True)
class Page(Generic[Thing]):
    """`next_before` is the id to give for the following page."""

    rows: list[Thing]
    next_before: int | None


def page(
    *, wanted: Wanted | None = None, before: int | None = None, limit: int = PAGE
) -> Page[Row]:
    """Codes that fit, one page after the code with the id `before`."""
    wanted = wanted or Wanted()
    ordered = _ordered(_codes(wanted), wanted.sort, before)
    return _cut(ordered, limit, _row)


def every(*, wanted: Wanted) -> Iterator[Row]:
    """All codes that fit, for a file; page by page, so that memory stays small."""
    before: int | None = None
    while True:
        found = page(wanted=wanted, before=before, limit=1000)
        yield from found.rows
        before = found.next_before
        if before is None:
            return


def one(*, voucher_id: int) -> Row:
    """Raises NotFound."""
    found = states.judged(VoucherCode.objects.filter(pk=voucher_id)).first()
    if found is None:
        raise NotFound(_("There is no such voucher."))
    return _row(found)


def campaigns(
    *, wanted: Wanted | None = None, before: int | None = None, limit: int = PAGE
) -> Page[CampaignRow]:
    """Campaigns that fit `text` and `standing`, newest first."""
    wanted = wanted or Wanted()
    rows = states.judged_campaigns(Campaign.objects.all()).annotate(made=Count("codes"))
    if wanted.text:
        rows = rows.filter(name__icontains=wanted.text)
    if wanted.standing:
        rows = rows.filter(Q(standing=wanted.standing))
    return _cut(_ordered(rows, Sort.NEWEST, before), limit, _campaign_row)


def campaign(*, campaign_id: int) -> CampaignRow:
    """Raises NotFound."""
    rows = states.judged_campaigns(Campaign.objects.filter(pk=campaign_id))
    found = rows.annotate(made=Count("codes")).first()
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return _campaign_row(found)


def batches(*, campaign_id: int) -> list[Batch]:
    """Newest first."""
    return list(Batch.objects.filter(campaign=campaign_id).order_by("-id")[:PAGE])


def redemptions(
    *,
    voucher_id: int | None = None,
    campaign_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page[Redemption]:
    """Of one code or of a campaign, newest first."""
    rows = Redemption.objects.select_related("organization", "voucher")
    if voucher_id is not None:
        rows = rows.filter(voucher=voucher_id)
    if campaign_id is not None:
        rows = rows.filter(campaign=campaign_id)
    return _cut(_ordered(rows, Sort.NEWEST, before), limit, lambda row: row)


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


def _codes(wanted: Wanted) -> QuerySet[VoucherCode]:
    rows = states.judged(VoucherCode.objects.all()).annotate(ends=Coalesce("until", _NEVER))
    if text := wanted.text:
        rows = rows.filter(
            Q(label__icontains=text)
            | Q(campaign__name__icontains=text)
            | Q(bound_email__icontains=text)
            | Q(last4__iexact=text.lstrip("…"))
        )
    if wanted.standing:
        rows = rows.filter(Q(standing=wanted.standing))
    if wanted.campaign_id is not None:
        rows = rows.filter(campaign=wanted.campaign_id)
    if wanted.batch_id is not None:
        rows = rows.filter(batch=wanted.batch_id)
    return rows


def _ordered(rows: QuerySet[Thing], sort: str, before: int | None) -> QuerySet[Thing]:  # type: ignore[type-var]
    """After the row `before`, wherever it stands by now."""
    key = _KEYS[sort]
    if key is None:
        return (rows.filter(pk__lt=before) if before is not None else rows).order_by("-pk")
    name, largest_first = key
    if before is not None:
        at = rows.filter(pk=before).values_list(name, flat=True).first()
        further = Q(**{f"{name}__{'lt' if largest_first else 'gt'}": at})
        rows = rows.filter(further | Q(**{name: at}, pk__lt=before))
    return rows.order_by(F(name).desc() if largest_first else F(name).asc(), "-pk")


def _cut(rows: QuerySet[Thing], limit: int, shown: Callable[[Thing], object]) -> Page:  # type: ignore[type-var,type-arg]
    found = list(rows[: limit + 1])
    more = found[limit - 1].pk if len(found) > limit else None  # type: ignore[attr-defined]
    return Page([shown(row) for row in found[:limit]], more)


def _row(voucher: VoucherCode) -> Row:
    return Row(voucher, states.standing(voucher).value)


def _campaign_row(row: Campaign) -> CampaignRow:
    return CampaignRow(row, states.standing(row).value, row.made)  # type: ignore[attr-defined]
