"""What a Sovereign costs, and which sizes may run a control plane."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sovereign_wizard.catalog.offer import Catalogue, Location, Price, ServerType, estimate


def price(monthly: str) -> Price:
    net = Decimal(monthly)
    return Price(net, net * Decimal("1.19"), net / 730, net * Decimal("1.19") / 730)


def size(name: str, monthly: str, ram: int = 16, deprecated: bool = False) -> ServerType:
    prices = {"hel1": price(monthly)}
    return ServerType(
        name, 8, Decimal(ram), 160, "x86", False, prices, frozenset({"hel1"}), deprecated
    )


CATALOGUE = Catalogue(
    currency="EUR",
    locations=(Location("hel1", "Helsinki", "FI", "eu-central"),),
    server_types=(size("big", "12.00"), size("small", "4.00", 4), size("old", "1.00", 16, True)),
    load_balancers={"lb11": {"hel1": price("5.39")}},
    primary_ipv4={"hel1": price("0.50")},
)


def test_given_two_workers_then_everything_that_runs_is_counted() -> None:
    found = estimate(
        CATALOGUE, region="hel1", control_plane_size="big", worker_size="small", worker_count=2
    )

    assert found is not None
    assert [line.count for line in found.lines] == [1, 2, 1, 3]
    assert found.total.monthly_net == Decimal("12.00") + 2 * 4 + Decimal("5.39") + Decimal("1.50")
    assert found.total.monthly_gross == found.total.monthly_net * Decimal("1.19")


def test_given_high_availability_then_three_control_planes_with_addresses_are_counted() -> None:
    found = estimate(
        CATALOGUE,
        region="hel1",
        control_plane_size="big",
        worker_size="small",
        worker_count=1,
        ha_enabled=True,
    )

    assert found is not None
    assert [(line.words, line.count, line.sum.monthly_net) for line in found.lines] == [
        ("Control planes big", 3, Decimal("36.00")),
        ("Workers small", 1, Decimal("4.00")),
        ("Load balancer lb11", 1, Decimal("5.39")),
        ("Public IPv4 addresses", 4, Decimal("2.00")),
    ]
    assert found.total.monthly_net == Decimal("47.39")


def test_given_no_workers_then_a_worker_size_left_over_costs_nothing() -> None:
    found = estimate(CATALOGUE, region="hel1", control_plane_size="big", worker_size="small")

    assert found is not None
    assert found.total.monthly_net == Decimal("17.89")


@pytest.mark.parametrize(
    "choice",
    [
        {"region": "hel1", "control_plane_size": ""},
        {"region": "nbg1", "control_plane_size": "big"},
        {"region": "hel1", "control_plane_size": "big", "worker_count": 1},
    ],
)
def test_given_an_incomplete_choice_then_there_is_no_estimate(choice: dict) -> None:
    assert estimate(CATALOGUE, **choice) is None


def test_given_a_deprecated_size_then_it_is_not_offered_and_the_cheapest_is_first() -> None:
    assert [each.name for each in CATALOGUE.sold_in("hel1")] == ["small", "big"]


def test_given_less_than_16_gb_then_it_does_not_fit_a_control_plane() -> None:
    fitting = {each.name: each.fits_control_plane for each in CATALOGUE.server_types}

    assert fitting == {"big": True, "small": False, "old": True}
