"""Where and how big: what is drawn of the live catalogue, and what it costs as one chooses."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from catalyst.vault import services as vault
from sovereign_wizard.catalog import hetzner
from sovereign_wizard.catalog.offer import estimate

pytestmark = pytest.mark.django_db
CHOICE = {
    "region": "hel1",
    "control_plane_size": "cx43",
    "worker_count": "2",
    "worker_size": "cx33",
}


@pytest.fixture
def asked(walk):  # type: ignore[no-untyped-def]
    walk.credentials()
    return walk


def show(walk, **changes: str) -> str:  # type: ignore[no-untyped-def]
    answer = walk.client.post(
        walk.url("provider"), {**CHOICE, "go": "show", **changes}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def row(page: str, size: str) -> list[str]:
    """The cells of a size, as text."""
    [found] = [one for one in page.split("<tr") if f'id="size-{size}"' in one]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found, re.S)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]


def test_given_the_catalogue_then_regions_stand_in_their_zones_and_on_the_map(asked) -> None:
    page = show(asked, region="sin")

    catalogue = hetzner.catalogue(vault.get(asked.draft().token_reference))
    zones = {place.network_zone for place in catalogue.locations}
    assert set(re.findall(r'aria-labelledby="zone-([^"]+)"', page)) == zones and len(zones) == 4
    europe = page.split('id="zone-eu-central"')[1].split('id="zone-us-east"')[0]
    assert re.findall(r'value="(\w+)"', europe) == ["fsn1", "nbg1", "hel1"]
    assert page.count('class="dot"') == len(catalogue.locations) - 1
    assert '<circle class="dot chosen" cx="284" cy="77"' in page and ">Singapore</text>" in page


def test_w31_given_a_region_then_sizes_and_prices_are_those_of_this_moment(asked) -> None:
    page = show(asked)

    catalogue = hetzner.catalogue(vault.get(asked.draft().token_reference))
    for size in catalogue.sold_in("hel1"):
        name, vcpu, ram, disk, kind, now, month = row(page, size.name)
        price = size.prices["hel1"]
        assert (name, vcpu, disk) == (size.name, str(size.vcpu), f"{size.disk_gb} GB")
        assert ram == f"{size.ram_gb.normalize():f} GB"
        assert kind.startswith("Arm" if size.architecture == "arm" else "x86")
        assert now == ("in stock" if "hel1" in size.available else "sold out")
        assert month == f"€{price.monthly_net:,.2f}€{price.hourly_net:,.4f}/h"
    assert 'id="size-ccx13"' in page.split("Smaller than 16 GB")[1]
    assert "they are killed for want of memory" in page


@pytest.mark.parametrize("topology", ["solo", "ha"])
def test_given_a_topology_then_the_price_is_for_all_that_the_plan_makes(asked, topology) -> None:
    asked.topology(topology)

    page = show(asked)

    whole = estimate(
        hetzner.catalogue(vault.get(asked.draft().token_reference)),
        region="hel1",
        control_plane_size="cx43",
        worker_size="cx33",
        worker_count=2,
        ha_enabled=topology == "ha",
    )
    assert whole is not None and whole.traffic is not None
    assert f"€{whole.total.monthly_net:.2f}" in page
    assert f"€{whole.total.hourly_net:.4f}" in page
    planes = 3 if topology == "ha" else 1
    [addresses] = [line for line in whole.lines if "IPv4" in line.words]
    assert addresses.count == planes + 2
    assert ("Control plane</p>" in page) is (topology == "solo")
    assert whole.traffic.included_tb == Decimal(20 * (planes + 2))
    assert f"{20 * (planes + 2)} TB of outgoing traffic a month are included" in page


@pytest.mark.parametrize(
    ("typed", "go", "then"),
    [
        ("0", "more", "1"),
        ("2", "fewer", "1"),
        ("0", "fewer", "0"),
        ("50", "more", "50"),
        ("", "more", "1"),
        ("many", "fewer", "0"),
    ],
)
def test_given_the_stepper_when_pressed_without_a_script_then_the_server_counts(
    asked, typed: str, go: str, then: str
) -> None:
    answer = asked.client.post(asked.url("provider"), {**CHOICE, "worker_count": typed, "go": go})

    page = answer.content.decode()
    assert answer.status_code == 200 and "<html" in page
    [field] = re.findall(r'<input[^>]*name="worker_count"[^>]*>', page)
    assert f'value="{then}"' in field
    assert 'value="cx43" checked' in page
    assert asked.draft().values["worker_count"] == then
