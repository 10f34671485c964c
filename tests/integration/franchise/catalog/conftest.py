"""The catalog as it comes with Catalyst."""

from __future__ import annotations

import pytest

from franchise.catalog import services


@pytest.fixture(autouse=True)
def goods(db: None) -> None:
    """The migration planted them; a test that empties its tables takes them away."""
    services.seed()
