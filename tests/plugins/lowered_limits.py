"""A limit that a test can reach."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Sets a limit. Its odd length gives it counters of its own in Redis: nothing to forget."""
    from catalyst.limits.actions import LIMITS, Limit

    def lowered(action: str, amount: int) -> None:
        seconds = 1_000_000 + secrets.randbelow(9_000_000)
        monkeypatch.setitem(LIMITS, action, Limit(amount, seconds, "test"))

    return lowered
