"""The franchise's rows, gathered from its rooms."""

from franchise.organizations.models import Organization
from franchise.vouchers.models import Redemption, VoucherCode

__all__ = ["Organization", "Redemption", "VoucherCode"]
