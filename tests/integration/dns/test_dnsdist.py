"""The limiter before PowerDNS: who asks too much is told to come by TCP, then not heard; PowerDNS
knows who asked; nobody else notices.
"""

from __future__ import annotations

import http.client
import select
import socket
import time
import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.update
from catalyst.embedded.state import StackState
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset
from tests.integration.dns.asking import POOL, nameserver, reply

pytestmark = pytest.mark.django_db
SECONDS = 20.0


def host(last: int) -> str:
    """An address of this stack's public range that nobody uses."""
    return f"{settings.CATALYST.resolver.rpartition('.')[0]}.{last}"


class Asker:
    """One source address that asks by UDP."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.connect((nameserver(), 53))
        self.socket.setblocking(False)
        self.question = dns.message.make_query(POOL, "SOA").to_wire()

    def flood(self, count: int) -> int:
        """Ask so often without listening, then count the answers that said "cut" (TC)."""
        for _ in range(count):
            self.socket.send(self.question)
        cut = 0
        while (answer := self.answer(seconds=0.2)) is not None:
            cut += self.is_cut(answer)
        return cut

    def answer(self, *, seconds: float) -> bytes | None:
        if select.select([self.socket], [], [], seconds)[0]:
            return self.socket.recv(4096)
        return None

    def is_cut(self, answer: bytes) -> bool:
        return bool(dns.message.from_wire(answer).flags & dns.flags.TC)

    def asked(self) -> bytes | None:
        """The answer to one question; None when nobody answers for a second."""
        while self.answer(seconds=0):
            pass
        self.socket.send(self.question)
        return self.answer(seconds=1)


def test_given_the_three_name_servers_when_asked_then_each_answers_on_an_address_of_its_own(
    pool: object,
) -> None:
    addresses = settings.CATALYST.nameserver_addresses
    assert len(set(addresses)) == len(settings.CATALYST.nameservers) == 3
    for address in addresses:
        answer = reply(address, POOL, "SOA")
        assert answer.flags & dns.flags.AA and dns.rcode.to_text(answer.rcode()) == "NOERROR"


def test_given_one_source_that_floods_when_over_the_limit_then_cut_then_silence_for_it_alone(
    pool: object,
) -> None:
    greedy, other = Asker(host(101)), Asker(host(102))
    end = time.monotonic() + SECONDS
    while not greedy.flood(200):
        assert time.monotonic() < end, "over the limit of a second, and nothing is cut"
    # A real resolver comes again by TCP and is served.
    question = dns.message.make_query(POOL, "SOA")
    by_tcp = dns.query.tcp(question, nameserver(), timeout=5, source=host(101))
    assert by_tcp.answer and not by_tcp.flags & dns.flags.TC
    while greedy.asked():
        assert time.monotonic() < end, "it floods on and is still heard"
        greedy.flood(1000)
    answer = other.asked()
    assert answer and not other.is_cut(answer)
    assert greedy.asked() is None


def test_given_a_question_when_powerdns_answers_then_it_saw_who_asked(
    pool: object, server: PowerDns, who: str
) -> None:
    for last in (103, 104):
        for ask in (dns.query.udp, dns.query.tcp):
            question = dns.message.make_query(who, "TXT")
            answer = ask(question, nameserver(), timeout=5, source=host(last))
            assert answer.answer[0][0].strings == (host(last).encode(),)


@pytest.fixture
def who(pool: object, server: PowerDns) -> Iterator[str]:
    """A name whose TXT is the address of whoever asks, as PowerDNS sees it."""
    name = f"who{uuid.uuid4().hex[:8]}.{POOL}"
    server.write(POOL, [RRset(f"{name}.", "LUA", ('TXT "who:toString()"',), 1)])
    yield name
    server.write(POOL, [RRset(f"{name}.", "LUA", (), 1)])


@pytest.mark.parametrize("kind", ["AXFR", "IXFR"])
def test_given_a_transfer_when_asked_for_then_refused(pool: object, kind: str) -> None:
    question = dns.message.make_query(POOL, kind)
    answer = dns.query.tcp(question, nameserver(), timeout=5)
    assert dns.rcode.to_text(answer.rcode()) == "REFUSED"


def test_given_an_update_or_a_notify_from_the_world_then_refused(pool: object) -> None:
    update = dns.update.UpdateMessage(POOL)
    update.replace("www", 60, "A", "88.99.1.1")
    notify = dns.message.make_query(POOL, "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    for message in (update, notify):
        answer = dns.query.tcp(message, nameserver(), timeout=5)
        assert dns.rcode.to_text(answer.rcode()) == "REFUSED"


def test_given_powerdns_itself_when_asked_without_a_proxy_header_then_it_says_nothing() -> None:
    port = StackState.load().ports["powerdns_dns"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(1)
        asking.connect(("127.0.0.1", port))
        asking.send(dns.message.make_query(POOL, "SOA").to_wire())
        with pytest.raises(TimeoutError):
            asking.recv(512)


def test_given_the_metrics_port_when_read_then_figures_and_no_control() -> None:
    assert "dnsdist_queries" in metrics()
    assert get("/api/v1/servers/localhost")[0] == 401


def metrics() -> str:
    status, text = get("/metrics")
    assert status == 200
    return text


def get(path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", StackState.load().ports["dnsdist"])
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text
