"""How a number of an invoice is written. Pure."""

from __future__ import annotations

import re

PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,9}")


def as_number(series: str, year: int, sequence: int) -> str:
    """`INV-2026-000042`, `INV-CN-2026-000007`: more than a million a year grow longer."""
    return f"{series}-{year}-{sequence:06d}"


def is_prefix(text: str) -> bool:
    """May a series begin so?"""
    return PREFIX.fullmatch(text) is not None
