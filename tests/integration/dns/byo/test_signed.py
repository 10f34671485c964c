"""A signed domain in use moves and goes back: never bogus, mail always there (tests 18 of §7)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from dns.byo import services
from tests.integration.dns.asking import resolved
from tests.integration.dns.byo.moving import begin, live
from tests.integration.dns.byo.worst_resolver import WorstResolver
from tests.integration.dns.registrars.stage import OURS, Stage
from tests.integration.dns.validator import Trust

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]
EVERY_SECONDS = 0.2
MOST, APART = 3, 3  # resolvers, and looks between their first ones


@dataclass
class Watcher:
    """Asks for the domain's MX five times a second: itself, and the local internet's resolver.

    Its resolvers learned of the domain at different times, so one of them just before any change.
    """

    domain: str
    resolvers: list[WorstResolver] = field(default_factory=list)
    seen: list[tuple[Trust, tuple[str, ...]]] = field(default_factory=list)
    all_seen: list[tuple[Trust, tuple[str, ...]]] = field(default_factory=list)
    said: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> Watcher:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _watch(self) -> None:
        try:
            while not self.stop.wait(EVERY_SECONDS):
                if len(self.seen) == len(self.resolvers) * APART and len(self.resolvers) < MOST:
                    self.resolvers.append(WorstResolver(self.domain))
                found = [resolver.look("MX") for resolver in self.resolvers]
                self.all_seen += found
                self.seen.append(found[0])
                rcode, _, contents = resolved(self.domain, "MX")
                self.said.append((rcode, tuple(contents)))
        except BaseException as error:
            self.broken.append(error)
            raise

    @property
    def trusts(self) -> list[Trust]:
        """Of the first resolver in order, each change once."""
        return [trust for trust, _ in itertools.groupby(trust for trust, _ in self.seen)]

    def until(self, there: Callable[[], bool]) -> None:
        """Watch until it is so."""
        most = len(self.seen) + 150
        while not there():
            assert self.thread.is_alive() and len(self.seen) < most
            self.stop.wait(EVERY_SECONDS)


@pytest.mark.slow
def test_dns_t18_given_a_signed_domain_when_it_moves_and_goes_back_then_never_bogus_and_mail_there(
    stage: Stage, settings: Any
) -> None:
    # Whom we ask for the world has seen it at once; the resolver that suffers remembers.
    quick = settings.CATALYST.nameserver_addresses[:1]
    settings.CATALYST = settings.CATALYST.model_copy(update={"public_resolvers": quick})
    customer = live(stage, "ovh", signed=True, more={"ttl": 2})
    old = stage.delegation(customer), stage.delegation(customer, "DS")
    records = services.look(domain=customer.name, account="user:1").records

    with Watcher(customer.name) as watcher:
        moving = begin(stage, customer, mode="registrar", records=records)
        moving.until("active")
        watcher.until(lambda: bool(watcher.seen) and watcher.seen[-1][0] is Trust.SECURE)
        here = list(watcher.trusts)
        assert stage.delegation(customer) == list(OURS)
        assert stage.delegation(customer, "DS") == list(moving.row.own_ds)

        services.restore(
            move_id=moving.move_id,
            actor="test",
            confirm=customer.name,
            credentials=customer.credentials,
        )
        moving.until("restoring", step="back-old-ds")
        watcher.until(lambda: all(one.asked.endswith(".10") for one in watcher.resolvers))
        # Its own zone may be believed for minutes, which nobody here does.
        moving.until("restored", skip=600)

    assert not watcher.broken
    mail = (f"10 mx.{customer.name}.",)
    assert {contents for _, contents in watcher.all_seen} == {mail}
    assert set(watcher.said) == {("NOERROR", mail)}
    assert here == [Trust.SECURE, Trust.INSECURE, Trust.SECURE]
    assert Trust.BOGUS not in {trust for trust, _ in watcher.all_seen}
    assert (stage.delegation(customer), stage.delegation(customer, "DS")) == old
