"""Vouchers, as for the other tests of the franchise."""

from tests.integration.franchise.conftest import issue, log_in

__all__ = ["issue", "log_in"]
