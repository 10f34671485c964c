"""The catalogue and the rate limit."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from infra.localcloud.hetzner.catalog import catalog, is_available
from infra.localcloud.hetzner.limits import PER_HOUR, RateLimit, RateLimited

DECIMAL = re.compile(r"\d+\.\d{10}")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_given_every_price_then_it_is_text_with_ten_decimals_and_gross_has_the_tax() -> None:
    for kind in (*catalog().server_types, *catalog().load_balancer_types):
        for place in kind["prices"]:
            for price in ("price_hourly", "price_monthly", "price_per_tb_traffic"):
                net, gross = place[price]["net"], place[price]["gross"]
                assert DECIMAL.fullmatch(net) and DECIMAL.fullmatch(gross)
                assert float(gross) == pytest.approx(float(net) * 1.19, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "place", "sold"),
    [
        ("cpx32", "fsn1", True),
        ("cpx32", "ash", False),
        ("cpx31", "ash", True),
        ("cax11", "sin", False),
        ("ccx13", "sin", True),
        ("cx42", "fsn1", False),
    ],
)
def test_given_a_type_and_a_place_then_it_is_sold_there_or_not(
    name: str, place: str, sold: bool
) -> None:
    assert is_available(catalog().server_type(name), place, NOW) is sold


def test_given_a_name_of_two_images_then_the_architecture_decides() -> None:
    x86, arm = (catalog().image("debian-12", kind) for kind in ("x86", "arm"))

    assert (x86["architecture"], arm["architecture"]) == ("x86", "arm")


def test_given_an_hour_of_requests_then_the_next_waits_a_second() -> None:
    limit = RateLimit()
    for _ in range(PER_HOUR):
        last = limit.take(1, now=1000.0)
    assert last["RateLimit-Remaining"] == "0"

    with pytest.raises(RateLimited) as refused:
        limit.take(1, now=1000.5)

    assert (refused.value.status, refused.value.headers["RateLimit-Remaining"]) == (429, "0")
    assert limit.take(1, now=1001.5)["RateLimit-Remaining"] == "0"
    assert limit.take(2, now=1000.5)["RateLimit-Remaining"] == str(PER_HOUR - 1)
