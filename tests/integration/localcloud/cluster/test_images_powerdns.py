"""PowerDNS's chart as processes: the Sovereign's zone, signed, answered over dnsdist."""

from __future__ import annotations

import base64

import pytest

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.update
from infra.check import charts
from tests.integration.localcloud.cluster.databases import Databases
from tests.integration.localcloud.cluster.releases import FQDN, Kit, address_of, secret
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")
SECONDS = 5.0
ANOTHER_KEY = base64.b64encode(b"somebody else's, of no use here").decode()


@pytest.fixture(scope="module")
def powerdns(kit: Kit, databases: Databases) -> Space:
    space = kit.space("powerdns")
    schema = (charts.ROOT / "powerdns" / "files" / "schema.sql").read_text()
    databases.give(space, "powerdns-db", "pdns", "pdns", schema)
    kit.install("powerdns", space, {"global": {"sovereignFQDN": FQDN}})
    return space


def test_given_powerdns_then_its_zone_is_answered_signed_by_udp_and_tcp(powerdns: Space) -> None:
    """infra.md §8.6: zone, database and Secrets lie in one name space and find each other."""
    question = dns.message.make_query(FQDN, "SOA", want_dnssec=True)
    front = address_of(powerdns, "dnsdist")
    for answer in (
        dns.query.udp(question, front, timeout=SECONDS),
        dns.query.tcp(question, front, timeout=SECONDS),
    ):
        kinds = {rrset.rdtype.name for rrset in answer.answer}
        assert kinds == {"SOA", "RRSIG"}


def test_given_an_update_then_only_the_key_and_only_the_inner_door_may(powerdns: Space) -> None:
    front, inner = address_of(powerdns, "dnsdist"), address_of(powerdns, "powerdns")
    assert rcode(update(ANOTHER_KEY), inner) == dns.rcode.NOTAUTH
    asked = dns.message.make_query(f"_acme-challenge.{FQDN}", "TXT")
    assert not dns.query.udp(asked, front, timeout=SECONDS).answer
    # The front looks at no signature: it refuses all, unsigned itself.
    assert rcode(update(""), front) == dns.rcode.REFUSED
    assert rcode(update(secret(powerdns, "powerdns-tsig")["key"]), inner) == dns.rcode.NOERROR
    (told,) = dns.query.udp(asked, front, timeout=SECONDS).answer
    assert "proof" in told.to_text()


def test_given_a_transfer_then_the_world_is_refused(powerdns: Space) -> None:
    asked = dns.message.make_query(FQDN, "AXFR")
    answer = dns.query.tcp(asked, address_of(powerdns, "dnsdist"), timeout=SECONDS)
    assert answer.rcode() == dns.rcode.REFUSED


def update(key: str) -> dns.update.UpdateMessage:
    """Signed with that key (in base64) unless it is empty."""
    made = dns.update.UpdateMessage(FQDN)
    made.replace("_acme-challenge", 60, "TXT", '"proof"')
    if key:
        ring = dns.tsigkeyring.from_text({"cert-manager": key})
        made.use_tsig(ring, keyname="cert-manager", algorithm=dns.tsig.HMAC_SHA256)
    return made


def rcode(message: dns.message.Message, server: str) -> int:
    try:
        return dns.query.tcp(message, server, timeout=SECONDS).rcode()
    except (dns.tsig.PeerError, dns.exception.FormError):
        # Refused, and not signed, as there is no key in common.
        return dns.rcode.NOTAUTH
