"""Do the counters, the rows and the grants of all redemptions tell the same?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from catalyst.models import AuditEvent
from franchise.ledger.models import Grant
from franchise.mails.models import Mail
from franchise.organizations.models import Organization
from franchise.vouchers.models import Campaign, Redemption, VoucherCode


@dataclass(frozen=True, slots=True)
class Books:
    of_codes: int
    of_campaigns: int
    redemptions: int
    grants: int
    audited: int
    mails: int
    redeemed_minor: int
    granted_minor: int
    spent_minor: int

    @property
    def is_one_to_one(self) -> bool:
        counts = (self.of_codes, self.of_campaigns, self.grants, self.audited, self.mails)
        amounts = {self.redeemed_minor, self.granted_minor, self.spent_minor}
        return set(counts) == {self.redemptions} and len(amounts) == 1


def books() -> Books:
    return Books(
        of_codes=_sum(VoucherCode, "redeemed"),
        of_campaigns=_sum(Campaign, "redeemed"),
        redemptions=Redemption.objects.count(),
        grants=Grant.objects.count(),
        audited=AuditEvent.objects.filter(act="franchise.redeem").count(),
        mails=Mail.objects.filter(kind="voucher-redeemed").count(),
        redeemed_minor=_sum(Redemption, "amount_minor"),
        granted_minor=_sum(Grant, "amount_minor"),
        spent_minor=_sum(Campaign, "spent_minor"),
    )


def of_organizations() -> int:
    return Organization.objects.count()


def _sum(model: type, field: str) -> int:
    return int(model.objects.aggregate(total=Sum(field))["total"] or 0)  # type: ignore[attr-defined]
