"""How long to wait before what failed is tried again."""

from __future__ import annotations

LAST_DOUBLING = 20  # far beyond any `last`, and no number that grows for ever


def grown(attempts: int, *, first: float, last: float) -> float:
    """Seconds after so many failed tries in a row: `first`, twice as long each time, never more
    than `last`."""
    pause: float = first * 2 ** min(attempts, LAST_DOUBLING)
    return min(last, pause)
