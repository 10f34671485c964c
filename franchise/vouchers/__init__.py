"""Voucher codes: made, paused, revoked, counted. The plain code is never stored or logged."""
