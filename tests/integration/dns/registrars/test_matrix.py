"""Every adapter against its vendor as played by the local cloud: what goes right, what goes wrong.

A way is a registrar with its whole credentials or the lesser ones it also takes.
"""

from __future__ import annotations

import pytest

from dns.registrars.problems import (
    DomainLocked,
    DomainNotInAccount,
    InvalidToken,
    IpNotAllowed,
    NotEligible,
    NotSupportedForDomain,
    ScopeMissing,
)
from dns.registrars.services import JobState
from tests.integration.dns.registrars.stage import OURS, WAYS, Stage

# One set of accounts and faults at the vendors for everybody.
pytestmark = pytest.mark.xdist_group("registrars")

every = pytest.mark.parametrize("way", WAYS)
# Somebody else's domain, at the same vendor where there are two ways to it.
OTHER = {
    "cloudflare": "namecheap",
    "namecheap": "cloudflare",
    "godaddy-v1": "godaddy-v2",
    "godaddy-v2": "godaddy-v1",
    "ovh": "godaddy-v1",
    "dynadot-rest": "dynadot-api3",
    "dynadot-api3": "dynadot-rest",
}


@every
def test_given_a_good_key_when_moved_then_the_parents_own_servers_say_so(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    before = customer.validate().nameservers

    customer.moved()

    assert customer.nameservers() == OURS != before
    assert stage.delegation(customer) == list(OURS)
    assert customer.validate().nameservers == OURS


@every
def test_given_a_wrong_key_when_asked_then_invalid_token(stage: Stage, way: str) -> None:
    customer = stage.resident(way)
    last = list(customer.fields)[-1 if way != "godaddy-v2" else 1]
    customer.fields[last] = "wrong:wrong:wrong"

    with pytest.raises(InvalidToken):
        customer.validate()


def test_given_a_right_that_is_missing_when_asked_then_it_is_named(stage: Stage) -> None:
    reads = [{"method": "GET", "path": "/domain/*"}]
    for way, rights, needs in (
        ("cloudflare", ["#zone:read", "#dns_records:read"], "Zone / DNS / Edit"),
        ("ovh", reads, "/nameServers/update"),
        ("namecheap", ["somebody-else"], "UserName"),
    ):
        with pytest.raises(ScopeMissing) as caught:
            stage.customer(way, rights=rights).validate()
        assert needs in str(caught.value.extra["needs"])


@pytest.mark.parametrize("way", ["cloudflare", "godaddy-v1", "godaddy-v2", "ovh", "dynadot-rest"])
def test_given_a_key_that_may_only_read_when_moved_then_scope_missing(
    stage: Stage, way: str
) -> None:
    rights = {
        "cloudflare": ["#zone:read"],
        "ovh": [{"method": "GET", "path": "/*"}],
    }.get(way, ["GET"])
    customer = stage.customer(way, rights=rights)

    with pytest.raises(ScopeMissing):
        customer.move()

    assert stage.delegation(customer) != list(OURS)


@pytest.mark.parametrize("way", ["godaddy-v1", "namecheap"])
def test_given_an_account_below_the_threshold_when_asked_then_not_eligible(
    stage: Stage, way: str
) -> None:
    with pytest.raises(NotEligible):
        stage.customer(way, eligible=False).validate()


@pytest.mark.parametrize("way", ["namecheap", "dynadot-rest", "dynadot-api3"])
def test_given_an_address_that_is_not_allowed_when_asked_then_it_is_shown(
    stage: Stage, way: str
) -> None:
    with pytest.raises(IpNotAllowed) as caught:
        stage.customer(way, allowed_ips=["192.0.2.1"]).validate()

    assert caught.value.extra["egress_ip"] == "127.0.0.1"
    assert "127.0.0.1" in caught.value.detail


@every
def test_given_a_domain_of_somebody_else_when_asked_then_not_in_account(
    stage: Stage, way: str
) -> None:
    customer, other = stage.resident(way), stage.resident(OTHER[way])
    customer.name = f"cloud.{other.registered}" if way == "cloudflare" else other.registered

    with pytest.raises(DomainNotInAccount):
        customer.validate()
    with pytest.raises(DomainNotInAccount):
        customer.move()


@every
def test_given_a_locked_domain_when_moved_then_locked(stage: Stage, way: str) -> None:
    customer = stage.customer(way)
    if way == "cloudflare":
        old = ("ns1.old.net", "ns2.old.net")
        customer.moved(old)
        more = stage.domain(customer)["more"]
        for record in more["records"]:
            record["meta"] = {"read_only": True}
        stage.change(customer, more=more)
    else:
        stage.change(customer, locked=True)

    with pytest.raises(DomainLocked):
        customer.move()


def test_given_a_whole_domain_at_cloudflare_when_asked_then_steps_by_hand(stage: Stage) -> None:
    customer = stage.resident("cloudflare")
    customer.name = customer.registered

    for act in (customer.validate, customer.move):
        with pytest.raises(NotSupportedForDomain) as caught:
            act()
        assert len(caught.value.extra["steps"]) == 3


@pytest.mark.parametrize("way", [way for way in WAYS if way != "cloudflare"])
def test_given_a_name_below_a_domain_when_asked_then_steps_by_hand(stage: Stage, way: str) -> None:
    customer = stage.resident(way)
    customer.name = f"cloud.{customer.registered}"

    with pytest.raises(NotSupportedForDomain) as caught:
        customer.move()

    assert "NS record for cloud" in " ".join(caught.value.extra["steps"])


def test_given_old_records_at_cloudflare_when_moved_then_none_of_them_is_left(
    stage: Stage,
) -> None:
    customer = stage.customer("cloudflare")
    customer.moved(("ns1.old.net", OURS[0]))

    customer.moved()

    assert stage.delegation(customer) == list(OURS)


def test_given_hosts_dynadot_does_not_know_when_moved_then_they_are_registered_first(
    stage: Stage,
) -> None:
    for way in ("dynadot-rest", "dynadot-api3"):
        customer = stage.customer(way, hosts=())
        assert customer.move().state is JobState.DONE
