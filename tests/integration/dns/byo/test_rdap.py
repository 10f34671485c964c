"""RDAP through whoisit, against a registry's server of our own: known, or not known."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import whoisit

from dns.byo import rdap
from dns.byo.values import Registration
from tests.integration.internet.running import serving

# RFC 9083 §5.3, what registries send of it.
ACME: dict[str, Any] = {
    "objectClassName": "domain",
    "ldhName": "acme.com",
    "status": ["client transfer prohibited", "client update prohibited"],
    "events": [
        {"eventAction": "registration", "eventDate": "2001-02-03T04:05:06Z"},
        {"eventAction": "expiration", "eventDate": "2031-02-03T04:05:06Z"},
    ],
    "entities": [
        {
            "objectClassName": "entity",
            "handle": "99",
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["fn", {}, "text", "Registrar Ltd."]]],
        }
    ],
}


@pytest.fixture
def registry(settings: Any) -> Iterator[int]:
    """The port of a server that knows acme.com; whoisit believes that it has all of .com."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.lower().endswith("/domain/acme.com")
            body = json.dumps(ACME if known else {"errorCode": 404}).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/rdap+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        settings.CATALYST = settings.CATALYST.model_copy(update={"rdap": True})
        believe({"com": port, "net": 1})
        yield port
        whoisit.clear_bootstrapping()


def believe(ports: dict[str, int]) -> None:
    whoisit.clear_bootstrapping()
    here = ["http://127.0.0.1:1/"]
    data = {
        "dns": [[[tld], [f"http://127.0.0.1:{port}/"]] for tld, port in ports.items()],
        "asn": [[["1-2"], here]],
        "ipv4": [[["192.0.2.0/24"], here]],
        "ipv6": [[["2001:db8::/32"], here]],
        "object": [[["who@example.com"], ["X"], here]],
    }
    document = {name: {"services": rows} for name, rows in data.items()}
    whoisit.load_bootstrap_data(
        json.dumps({**document, "timestamp": int(time.time())}), allow_insecure=True
    )


def test_given_a_registered_domain_then_who_sold_it_its_locks_and_its_end(registry: int) -> None:
    found = rdap.look_up("acme.com")

    assert (found.known, found.registrar) == (True, "Registrar Ltd.")
    assert found.locks == ("updates are locked by the registrar",)
    assert found.expires_at == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize("domain", ["unknown.com", "acme.net", "acme.nowhere"])
def test_given_no_answer_then_not_known(registry: int, domain: str) -> None:
    assert rdap.look_up(domain) == Registration()


def test_given_it_is_switched_off_then_nobody_is_asked(settings: Any) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"rdap": False})
    whoisit.clear_bootstrapping()
    assert rdap.look_up("acme.com") == Registration() and not whoisit.is_bootstrapped()
