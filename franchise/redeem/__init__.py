"""From a voucher code to an Organization with credit."""
