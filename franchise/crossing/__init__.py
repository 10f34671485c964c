"""Vouchers that one Sovereign signs and another redeems, without asking it."""
