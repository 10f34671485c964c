"""Signed vouchers as their issuer and their audience see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from catalyst.work.clock import database_now
from franchise.crossing import lists
from franchise.crossing.models import Owed, Peer, Settled, SignedCampaign, SignedVoucher
from franchise.crossing.peers import every

PAGE = 50


@dataclass(frozen=True, slots=True)
class Known:
    """A peer; `stale`: its list is too old, so that its vouchers are not redeemed now."""

    peer: Peer
    stale: bool
    unsaid: int


@dataclass(frozen=True, slots=True)
class Vouchers:
    rows: Sequence[SignedVoucher]
    next_before: int | None


def peers() -> list[Known]:
    now = database_now()
    unsaid = dict(
        Owed.objects.filter(said_at=None).values_list("taken__peer").annotate(count=Count("pk"))
    )
    return [Known(each, lists.is_too_old(each, now), unsaid.get(each.pk, 0)) for each in every()]


def campaigns() -> list[SignedCampaign]:
    """Newest first."""
    return list(SignedCampaign.objects.select_related("audience").order_by("-id")[:PAGE])


def campaign(*, campaign_id: int) -> SignedCampaign:
    """Raises NotFound."""
    found = SignedCampaign.objects.select_related("audience").filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def vouchers(*, campaign_id: int, before: int | None = None) -> Vouchers:
    """Newest first, with `used`: how often each was reported and is owed."""
    rows = SignedVoucher.objects.filter(campaign=campaign_id).annotate(
        used=Count("uses", filter=Q(uses__refused=""))
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return Vouchers(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def refused() -> list[Settled]:
    """What audiences reported and we do not owe, newest first."""
    rows = Settled.objects.exclude(refused="").select_related("voucher__campaign__audience")
    return list(rows.order_by("-id")[:PAGE])


def refused_by_them() -> list[Owed]:
    """What we reported and they do not owe, newest first."""
    rows = Owed.objects.exclude(refused="").select_related("taken__peer", "redemption")
    return list(rows.order_by("-id")[:PAGE])
