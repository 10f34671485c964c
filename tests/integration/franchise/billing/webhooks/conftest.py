"""A shop at the local cloud's Stripe, for the tests of the inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.stripe.stage import Stage
from tests.integration.franchise.billing.stripe_shop import Shop, open_shop


@pytest.fixture
def shop(goods: None) -> Iterator[Shop]:
    stage = Stage()
    yield open_shop(stage)
    stage.close()
