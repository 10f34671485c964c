"""LUA records on the real PowerDNS: every one is taken and runs, and a failover is seen."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

import dns.message
import dns.query
import dns.rcode
from dns.placement.lua import rrsets
from dns.placement.modes import (
    ActiveActive,
    Address,
    Closest,
    Failover,
    Placement,
    Probe,
    Single,
    Weighted,
    addresses,
)
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset
from tests.integration.dns.asking import POOL, nameserver, reply, resolved
from tests.integration.internet.running import serving
from tests.unit.dns.placements import placements

pytestmark = pytest.mark.django_db
SECONDS = 30.0
PORT = 31777


def host(last: int) -> str:
    return f"{django_settings.CATALYST.resolver.rpartition('.')[0]}.{last}"


@pytest.fixture
def name(pool: object, server: PowerDns) -> Iterator[str]:
    name = f"lua{uuid.uuid4().hex[:8]}.{POOL}"
    yield name
    server.write(POOL, [RRset(f"{name}.", kind, (), 1) for kind in ("LUA", "A", "AAAA")])


def place(server: PowerDns, name: str, placement: Placement) -> None:
    gone = [RRset(f"{name}.", kind, (), 1) for kind in ("LUA", "A", "AAAA")]
    sets = rrsets(name, placement)
    kept = {one.type for one in sets}
    server.write(POOL, [*(one for one in gone if one.type not in kept), *sets])


def seen(name: str, kind: str = "A", *, source: str | None = None) -> set[str]:
    question = dns.message.make_query(name, kind)
    answer = dns.query.tcp(question, nameserver(), timeout=10, source=source)
    assert dns.rcode.to_text(answer.rcode()) == "NOERROR", answer
    return {rdata.to_text() for rrset in answer.answer for rdata in rrset}


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(placement=placements(most=6))
def test_given_any_placement_when_written_then_powerdns_takes_it_and_answers(
    name: str, server: PowerDns, placement: Placement
) -> None:
    place(server, name, placement)
    for kind, version in (("A", 4), ("AAAA", 6)):
        family = {one for one in places_of(placement) if one.version == version}
        found = {ip_address(text) for text in seen(name, kind)}
        assert found <= family and bool(found) == bool(family)


def places_of(placement: Placement) -> list[Address]:
    match placement:
        case Failover(groups=groups):
            return [one for group in groups for one in group]
        case Weighted(shares=shares):
            return [one for _, one in shares]
    return list(placement.places)


@contextmanager
def endpoint(address: str, text: str = "fine") -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

    with serving(Handler, (address, PORT)):
        yield


def until(name: str, wanted: set[str]) -> None:
    end = time.monotonic() + SECONDS
    while (found := seen(name)) != wanted:
        assert time.monotonic() < end, f"{found}, not {wanted}"
        time.sleep(0.1)


def test_given_two_places_when_one_stops_then_the_other_answers_and_it_comes_back(
    name: str, server: PowerDns
) -> None:
    first, second = host(111), host(112)
    probe = Probe(f"http://{name}:{PORT}/healthz", must_contain='it\'s "fine" {1}')
    groups = tuple((one,) for one in addresses([first, second]))
    with endpoint(second, 'yes: it\'s "fine" {1}.'):
        with endpoint(first, 'yes: it\'s "fine" {1}.'):
            place(server, name, Failover(groups, probe))
            until(name, {first})
        until(name, {second})
        assert resolved(name)[:2] == ("NOERROR", True), "signed while it moves"
        with endpoint(first, "not well"):
            seen(name)
            until(name, {second})
        with endpoint(first, 'yes: it\'s "fine" {1}.'):
            until(name, {first})


def test_given_active_active_when_one_stops_then_only_the_other_is_said(
    name: str, server: PowerDns
) -> None:
    both = addresses([host(113), host(114)])
    with endpoint(host(113)):
        with endpoint(host(114)):
            place(server, name, ActiveActive(both, Probe(f"http://{name}:{PORT}/")))
            until(name, {host(113), host(114)})
        until(name, {host(113)})


def test_given_weights_when_asked_from_one_address_then_one_place_and_all_get_some(
    name: str, server: PowerDns
) -> None:
    places = addresses(["88.99.1.1", "88.99.1.2"])
    place(server, name, Weighted(((50, places[0]), (50, places[1]))))
    answers = {source: seen(name, source=host(source)) for source in range(140, 172)}
    assert all(len(one) == 1 for one in answers.values())
    assert {text for one in answers.values() for text in one} == {"88.99.1.1", "88.99.1.2"}
    assert all(seen(name, source=host(source)) == answers[source] for source in answers)


def test_given_one_place_when_placed_then_plain_and_the_program_is_gone(
    name: str, server: PowerDns
) -> None:
    place(server, name, Closest(addresses(["88.99.1.1"]), Probe(f"http://{name}:{PORT}/")))
    place(server, name, Single(addresses(["88.99.1.9"])))
    assert seen(name) == {"88.99.1.9"}
    assert {one.type for one in server.rrsets(POOL, name=name)} == {"A"}
    assert reply(nameserver(), name, "A", dnssec=False).answer[0].ttl == 30
