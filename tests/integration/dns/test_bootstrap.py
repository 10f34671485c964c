"""Our own zones: made once, corrected when the settings change, never emptied."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command

from dns.pools.bootstrap import BadNameservers, Domain, bootstrap
from dns.pools.models import Pool
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def domain(server: PowerDns) -> Iterator[str]:
    domain = f"b{uuid.uuid4().hex[:10]}.works"
    yield domain
    server.delete_zone(domain)


def run(server: PowerDns, domain: str, addresses: list[str]) -> Domain:
    """Name servers inside the pool's own domain."""
    names = [f"ns{number}.{domain}" for number in range(1, len(addresses) + 1)]
    (made,) = bootstrap(
        server=server, pool_domains=[domain], nameservers=names, addresses=addresses
    )
    return made


def test_given_nothing_when_run_twice_then_signed_zone_with_glue_and_one_pool(
    server: PowerDns, domain: str
) -> None:
    first = run(server, domain, ["88.99.1.1", "88.99.1.2"])
    serial = server.zone(domain)
    assert run(server, domain, ["88.99.1.1", "88.99.1.2"]) == first
    assert server.zone(domain) == serial, "nothing was written the second time"
    assert first.glue == {f"ns1.{domain}.": ("88.99.1.1",), f"ns2.{domain}.": ("88.99.1.2",)}
    assert len(first.ds) == 1 and first.ds[0].split()[1:3] == ["13", "2"]
    assert Pool.objects.filter(domain=domain).count() == 1


def test_given_a_zone_with_a_life_of_its_own_when_an_address_changes_then_only_that_changes(
    server: PowerDns, domain: str
) -> None:
    run(server, domain, ["88.99.1.1"])
    website = RRset(f"www.{domain}.", "A", ("88.99.9.9",), 300)
    server.write(domain, [website])
    run(server, domain, ["88.99.1.7"])
    sets = server.rrsets(domain)
    assert website in sets
    assert RRset(f"ns1.{domain}.", "A", ("88.99.1.7",), 300) in sets


@pytest.mark.django_db(transaction=True)
def test_given_two_who_run_it_at_once_when_done_then_one_zone_with_one_key(
    server: PowerDns, domain: str
) -> None:
    answers = at_once(4, lambda _: run(server, domain, ["88.99.1.1"]))
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert len(server.keys(domain)) == 1


def test_given_fewer_addresses_than_servers_when_run_then_refused_before_anything_is_made(
    server: PowerDns, domain: str
) -> None:
    with pytest.raises(BadNameservers):
        bootstrap(
            server=server,
            pool_domains=[domain],
            nameservers=[f"ns1.{domain}", f"ns2.{domain}"],
            addresses=["88.99.1.1"],
        )
    assert server.zone(domain) is None


def test_given_the_settings_when_the_command_runs_then_json_for_the_registrar(settings) -> None:
    out = StringIO()
    call_command("dns_bootstrap", "--json", stdout=out)
    domains = {domain["name"]: domain for domain in json.loads(out.getvalue())["domains"]}
    servers = [f"{name}." for name in settings.CATALYST.nameservers]
    assert domains["omani.works"]["nameservers"] == servers
    assert domains["omani.works"]["glue"] == {}
    glue = domains["openova.io"]["glue"]
    assert list(glue.values()) == [[ip] for ip in settings.CATALYST.nameserver_addresses]
    assert all(domain["ds"] for domain in domains.values())
