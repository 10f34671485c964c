"""A code that another Sovereign signed becomes a code here, of a campaign of that Sovereign's."""

from __future__ import annotations

from datetime import datetime

from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.vouchers import codes
from franchise.vouchers.issuing import SEALED_AS
from franchise.vouchers.models import Campaign, VoucherCode


def take_in(
    *,
    issuer: str,
    campaign: str,
    credit: Money,
    code: Secret,
    uses: int,
    ends_at: datetime,
    actor: str,
) -> VoucherCode:
    """The row of a canonical code whose signature was judged; the same one every time.

    Joins the caller's transaction. Two that take in one code wait for each other.
    """
    hashed = codes.code_hash(code)
    if found := VoucherCode.objects.filter(code_hash=hashed).first():
        return found
    of_issuer = {
        "issuer": issuer, "name": campaign[:80],
        "credit_minor": credit.minor, "currency": credit.currency,
    }  # fmt: skip
    Campaign.objects.bulk_create([Campaign(**of_issuer, created_by=actor)], ignore_conflicts=True)
    sealed = vault.put(purpose=SEALED_AS, secret=code)
    VoucherCode.objects.bulk_create(
        [
            VoucherCode(
                campaign=Campaign.objects.get(**of_issuer),
                code_hash=hashed,
                last4=codes.last4(code),
                sealed_code=sealed,
                max_redemptions=uses,
                expires_at=ends_at,
                created_by=actor,
            )
        ],
        ignore_conflicts=True,
    )
    made = VoucherCode.objects.get(code_hash=hashed)
    if str(made.sealed_code) != sealed:
        vault.delete(sealed)
    return made
