"""Secure, then insecure, then gone, then secure again: bogus at no moment, for nobody."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from tests.integration.dns.asking import POOL, resolved
from tests.integration.dns.conftest import commit, sync
from tests.integration.dns.validator import Trust, Validator

# One after the other: they share the pool's zone and the one resolver, and watch both closely.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("chain")]
SECONDS = 30.0
# The local resolver keeps nothing longer than a minute (infra/localcloud/internet/config.py).
FORGOTTEN_SECONDS = 75.0


@dataclass
class Watch:
    """What a validator with a cache and the real resolver said, one after the other."""

    trusts: list[Trust] = field(default_factory=list)
    resolver: list[tuple[str, bool]] = field(default_factory=list)

    def seen(self, what: Callable[[], bool]) -> None:
        """Wait until both have said something new, and `what` holds."""
        before = len(self.trusts), len(self.resolver)
        end = time.monotonic() + SECONDS
        while not (len(self.trusts) > before[0] and len(self.resolver) > before[1] and what()):
            assert time.monotonic() < end, (self.trusts[-5:], self.resolver[-5:])
            time.sleep(0.02)


@contextmanager
def watching(fqdn: str) -> Iterator[Watch]:
    """Ask without a pause until the block ends. The zone must be there all the time."""
    watch, stop, validator = Watch(), threading.Event(), Validator()

    def with_dnspython() -> None:
        while not stop.is_set():
            watch.trusts.append(validator.trust(fqdn, f"api.{fqdn}", "A"))

    def with_unbound() -> None:
        # Each time a name that it has never heard of: the wildcard answers.
        for number in itertools.count():
            if stop.is_set():
                return
            rcode, authenticated, _ = resolved(f"w{number}.{fqdn}")
            watch.resolver.append((rcode, authenticated))

    threads = [threading.Thread(target=one) for one in (with_dnspython, with_unbound)]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        stop.set()
        for thread in threads:
            thread.join(SECONDS)


def test_dns_t18_given_a_signed_name_when_released_then_secure_then_insecure_and_never_bogus(
    published: Reservation, server: PowerDns
) -> None:
    with watching(published.fqdn) as watch:
        watch.seen(lambda: watch.trusts[-1] == Trust.SECURE and watch.resolver[-1][1])
        services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
        assert sync(published).state == "releasing"
        watch.seen(lambda: watch.trusts[-1] == Trust.INSECURE and not watch.resolver[-1][1])
        # Everybody has forgotten the DS, and the zone still answers.
        assert server.zone(published.fqdn) is not None
    assert Trust.BOGUS not in watch.trusts
    assert {rcode for rcode, _ in watch.resolver} == {"NOERROR"}


def test_dns_t18_given_a_release_when_the_zone_goes_then_no_cache_believes_in_its_ds_any_more(
    published: Reservation, server: PowerDns
) -> None:
    validator = Validator()
    api = f"api.{published.fqdn}"
    assert validator.trust(published.fqdn, api, "A") == Trust.SECURE
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    rcodes = set()
    end = time.monotonic() + SECONDS
    while Allocation.objects.get().state != "released":
        assert time.monotonic() < end
        worker.sync_due()
        if server.zone(published.fqdn) is not None:
            # The worst that a resolver may do: take the DS at the last moment, keep it to the end.
            assert validator.trust(published.fqdn, api, "A") != Trust.BOGUS
        rcodes.add(resolved(f"w{time.monotonic_ns()}.{published.fqdn}")[0])
    rcodes.add(resolved(f"fresh.{published.fqdn}")[0])
    assert "SERVFAIL" not in rcodes
    (until, _) = next(
        entry for name, entry in validator.believed.items() if name.to_text().startswith("t")
    )
    assert time.monotonic() > until
    assert server.rrsets(POOL, name=published.fqdn) == ()


def test_dns_t18_given_a_name_that_rests_when_its_account_takes_it_again_then_secure_again(
    published: Reservation, reserve: Callable[..., Reservation], address: str
) -> None:
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    end = time.monotonic() + SECONDS
    while services.status(allocation_id=published.allocation_id).state != "released":
        assert time.monotonic() < end
        worker.sync_due()
    again = reserve(idempotency_key="2")
    commit(again, address)
    assert sync(again).settled
    assert Validator().trust(again.fqdn, f"api.{again.fqdn}", "A") == Trust.SECURE
    until_secure = time.monotonic() + FORGOTTEN_SECONDS
    heard: list[object] = []
    while not heard or heard[-1] != ("NOERROR", True, [address]):
        assert time.monotonic() < until_secure, heard[-5:]
        heard.append(resolved(f"api.{again.fqdn}"))
