"""What we sign: campaigns for one audience each, codes within their cap, and what is taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.vault.secret import Secret
from catalyst.work.clock import database_now
from franchise.crossing import keys, lists, token
from franchise.crossing.models import Peer, SignedCampaign, SignedVoucher
from franchise.crossing.token import MOST_USES, Claims
from franchise.money import MOST_MINOR, Money

MOST_AT_ONCE = 1000
LONGEST_CAMPAIGN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of a campaign. `cap`: codes that may be signed; `uses`: of each of them."""

    name: str
    audience_id: int
    credit: Money
    ends_at: datetime
    cap: int
    uses: int = 1


def create(*, terms: Terms, actor: str, request: HttpRequest | None = None) -> SignedCampaign:
    """Raises Invalid(field=…)."""
    name = " ".join(terms.name.split())
    if not 1 <= len(name) <= LONGEST_CAMPAIGN:
        raise Invalid(_("A name has 1 to 80 characters."), field="name")
    if terms.credit.minor <= 0:
        raise Invalid(_("The amount is more than nothing."), field="amount")
    if not 1 <= terms.uses <= MOST_USES:
        raise Invalid(_("A code can be used once to a million times."), field="uses")
    if not 1 <= terms.cap <= MOST_USES or terms.cap * terms.uses * terms.credit.minor > MOST_MINOR:
        raise Invalid(_("One to a million codes, of which all together can be paid."), field="cap")
    if terms.ends_at <= database_now():
        raise Invalid(_("A voucher ends in the future."), field="ends_on")
    if not Peer.objects.filter(pk=terms.audience_id).exists():
        raise Invalid(_("Choose a Sovereign that is known here."), field="audience")
    with transaction.atomic():
        made = SignedCampaign.objects.create(
            name=name,
            audience_id=terms.audience_id,
            currency=terms.credit.currency,
            credit_minor=terms.credit.minor,
            ends_at=terms.ends_at,
            uses=terms.uses,
            cap=terms.cap,
            created_by=actor,
        )
        record(
            actor=actor, act="franchise.crossing-campaign", object=f"signed-campaign:{made.pk}",
            after={"name": name, "audience": made.audience.fqdn, "credit": str(terms.credit),
                   "cap": terms.cap, "uses": terms.uses, "ends_at": terms.ends_at.isoformat()},
            request=request,
        )  # fmt: skip
    return made


def sign(
    *, campaign_id: int, count: int, actor: str, request: HttpRequest | None = None
) -> list[SignedVoucher]:
    """`count` codes more. Raises NotFound, Invalid(field="count"), Conflict when it has ended."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise Invalid(_("One to a thousand codes can be signed at once."), field="count")
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.ends_at <= database_now():
            raise Conflict(_("This campaign has ended. Make a new one."))
        if campaign.issued + count > campaign.cap:
            left = campaign.cap - campaign.issued
            raise Invalid(_("%(left)d codes are left of the cap.") % {"left": left}, field="count")
        campaign.issued += count
        campaign.save(update_fields=["issued"])
        key = keys.current()
        made = SignedVoucher.objects.bulk_create(
            SignedVoucher(campaign=campaign, key=key, serial=secrets.token_hex(8), created_by=actor)
            for _each in range(count)
        )
        record(
            actor=actor, act="franchise.crossing-sign", object=f"signed-campaign:{campaign.pk}",
            after={"codes": count, "issued": campaign.issued, "key": key.name}, request=request,
        )  # fmt: skip
    return made


def revoke(
    *, voucher_id: int, because: str, actor: str, request: HttpRequest | None = None
) -> None:
    """Take a code back: it is on the list from now on. Revoking twice is fine.

    What the audience redeemed before it could know of it stays owed. Raises NotFound, Invalid.
    """
    because = " ".join(because.split())
    if not 3 <= len(because) <= 200:
        raise Invalid(_("Say why, in 3 to 200 characters."), field="because")
    with transaction.atomic():
        rows = SignedVoucher.objects.filter(pk=voucher_id)
        if not rows.exists():
            raise NotFound(_("There is no such voucher."))
        if not rows.filter(revoked_at=None).update(revoked_at=Now(), revoked_because=because):
            return
        lists.renew()
        record(
            actor=actor, act="franchise.crossing-revoke", object=f"signed-voucher:{voucher_id}",
            after={"because": because}, request=request,
        )  # fmt: skip


def written(vouchers: list[SignedVoucher]) -> Iterator[tuple[SignedVoucher, Secret]]:
    """Each with its code, the same every time. Raises VaultAway."""
    pens: dict[int, keys.Pen] = {}
    for each in vouchers:
        if each.key_id not in pens:
            pens[each.key_id] = keys.pen(each.key)
        yield each, Secret(token.write(claims_of(each), pens[each.key_id].sign))


def shown(
    *, voucher_ids: list[int], actor: str, request: HttpRequest | None = None
) -> list[tuple[SignedVoucher, Secret]]:
    """Codes for the page or the file that shows them; the audit says who saw them."""
    rows = SignedVoucher.objects.select_related("campaign__audience", "key").order_by("id")
    found = list(rows.filter(pk__in=voucher_ids))
    with transaction.atomic():
        for campaign_id in sorted({each.campaign_id for each in found}):
            record(
                actor=actor, act="franchise.crossing-show", object=f"signed-campaign:{campaign_id}",
                after={"codes": len(found)}, request=request,
            )  # fmt: skip
        return list(written(found))


def claims_of(voucher: SignedVoucher) -> Claims:
    campaign = voucher.campaign
    return Claims(
        key=voucher.key.name,
        issuer=keys.our_name(),
        audience=campaign.audience.fqdn,
        campaign=campaign.pk,
        serial=voucher.serial,
        currency=campaign.currency,
        amount_minor=campaign.credit_minor,
        ends_at=int(campaign.ends_at.timestamp()),
        uses=campaign.uses,
    )


def _locked(campaign_id: int) -> SignedCampaign:
    found = SignedCampaign.objects.select_for_update().filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found
