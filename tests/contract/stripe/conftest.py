"""An account of its own for each test, at the local cloud's Stripe, seen by Stripe's library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.stripe.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()
