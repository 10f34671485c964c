"""What all measurements say of many times."""

from __future__ import annotations

from collections.abc import Sequence


def late(each: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(each)[int(len(each) * 0.95)]
