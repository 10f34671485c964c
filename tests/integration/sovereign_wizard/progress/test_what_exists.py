"""What a Deployment has at Hetzner with its price, and its domain, as rows know it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.provisioning.models import Deployment, StateVersion
from tests.security.things import deployment_of

pytestmark = pytest.mark.django_db
LOOKED = timezone.now() - timedelta(minutes=5)
SEEN = Inventory(
    looked_at=LOOKED,
    items=(
        Item("server", 1, "cp-1", "carries our label", location="hel1",
             monthly_net=Decimal("10.00"), hourly_net=Decimal("0.0160"),
             details={"server_type": "cx43"}),
        Item("primary_ip", 2, "ip-1", "goes with server cp-1", monthly_net=Decimal("0.50"),
             hourly_net=Decimal("0.0008"), details={"ip": "198.18.25.20", "type": "ipv4"}),
        Item("network", 3, "net-1", "carries our label"),
    ),
    also_found=(
        Item("volume", 4, "pvc-1", "attached to server cp-1", monthly_net=Decimal("7.30"),
             details={"size": 100}),
    ),
)  # fmt: skip


@pytest.fixture
def owner(person):
    return person()


@pytest.fixture
def deployment(owner) -> Deployment:
    return deployment_of(owner)


@pytest.fixture
def client(owner, browser):
    return browser(owner)


def url(deployment: Deployment, rest: str = "") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{rest}"


def test_given_nobody_looked_then_the_page_says_that_it_does_not_know(deployment, client) -> None:
    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "Nobody has looked at Hetzner yet" in page and "Altogether" not in page


def test_given_a_look_then_each_thing_has_its_price_and_there_is_a_sum(deployment, client) -> None:
    sweep.note(deployment=deployment, inventory=SEEN, occasion="test")

    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "€17.80" in page  # 10.00 + 0.50 + 7.30 a month
    assert "€0.0268" in page  # 0.0160 + 0.0008 + 7.30 / 730 an hour
    assert "≈" in page and "€0.0100" in page  # a volume has a price a month alone
    assert "cx43" in page and "198.18.25.20" in page and "100 GB" in page
    assert "out of date" not in page


def test_given_the_state_changed_after_the_look_then_it_says_that_it_is_older(
    deployment, client
) -> None:
    sweep.note(deployment=deployment, inventory=SEEN, occasion="test")
    StateVersion.objects.create(deployment=deployment, serial=3, sha256="0" * 64, content=b"x")

    page = client.get(url(deployment, "infrastructure/")).content.decode()

    assert "out of date" in page and "change 3" in page


def test_given_a_name_of_a_pool_then_the_domain_page_says_how_far_it_is(deployment, client) -> None:
    deployment.facts = {
        "tls": {deployment.fqdn: {"issuer": "Pebble", "protocol": "TLSv1.3", "address": "",
                                  "not_after": "Feb 23 10:00:00 2027 GMT"}}
    }  # fmt: skip
    deployment.save()

    page = client.get(url(deployment, "domain/")).content.decode()

    assert f"console.{deployment.fqdn}" in page and "Delegation and DS" in page
    assert "2027-02-23<br>10:00 UTC" in page
