"""Prices of things that exist, from the shape `GET /pricing` answers with."""

from __future__ import annotations

from decimal import Decimal

from sovereign_wizard.handover import prices


def at(net: str) -> list[dict[str, object]]:
    return [{"location": "nbg1", "price_monthly": {"net": net, "gross": "99"}}]


PRICES = prices.read(
    {
        "currency": "EUR",
        "server_types": [{"name": "cx43", "prices": at("10.00")}],
        "load_balancer_types": [{"name": "lb11", "prices": at("5.39")}],
        "primary_ips": [{"type": "ipv4", "prices": at("0.50")}],
        "floating_ips": [{"type": "ipv4", "prices": at("3.00")}],
        "volume": {"price_per_gb_month": {"net": "0.0440"}},
        "image": {"price_per_gb_month": {"net": "0.0110"}},
        "server_backup": {"percentage": "20.0"},
    }
)


def test_given_a_server_with_backups_then_their_share_is_in_the_price() -> None:
    server = {"server_type": {"name": "cx43"}, "backup_window": None}

    assert PRICES.server(server, "nbg1") == Decimal("10.00")
    assert PRICES.server({**server, "backup_window": "22-02"}, "nbg1") == Decimal("12.0000")


def test_given_a_volume_or_a_snapshot_then_the_price_grows_with_its_size() -> None:
    assert PRICES.volume({"size": 10}, "nbg1") == Decimal("0.4400")
    assert PRICES.image({"image_size": 2.5}, "nbg1") == Decimal("0.027500")
    assert PRICES.image({"image_size": None}, "nbg1") is None


def test_given_a_type_no_longer_on_the_list_then_the_price_is_not_known() -> None:
    assert PRICES.load_balancer({"load_balancer_type": {"name": "lb99"}}, "nbg1") is None
