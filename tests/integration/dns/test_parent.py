"""A pool's delegation at its registrar: each parent server's word, right or wrong, by name."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from catalyst.embedded.probes import bearer
from catalyst.embedded.state import StackState
from dns.delegation.parent import LiveElsewhere, Verdict, check
from dns.pools.bootstrap import Domain, bootstrap, follow_settings
from dns.pools.models import Pool
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset
from tests.integration.dns.asking import POOL, resolved

pytestmark = pytest.mark.django_db
SECONDS = 20.0


@pytest.fixture
def ours(own_pool: str, server: PowerDns, settings) -> Domain:
    """A pool whose name servers are in the pool itself, so that it needs glue."""
    (domain,) = bootstrap(
        server=server,
        pool_domains=[own_pool],
        nameservers=[f"ns1.{own_pool}", f"ns2.{own_pool}"],
        addresses=list(settings.CATALYST.nameserver_addresses[:2]),
    )
    return domain


class Registry:
    """Tells the TLD of the local internet, as a registrar does."""

    def __init__(self) -> None:
        state = StackState.load()
        self._http = httpx.Client(
            base_url=state.registry_url or "", headers=bearer(state.registry_key), trust_env=False
        )

    def put(self, domain: Domain, **changes: Any) -> None:
        told = {"nameservers": domain.nameservers, "glue": domain.glue, "ds": domain.ds, **changes}
        self._http.put(f"/domains/{domain.name}", json=told).raise_for_status()

    def remove(self, name: str) -> None:
        self._http.delete(f"/domains/{name}")


@pytest.fixture
def registry(ours: Domain) -> Iterator[Registry]:
    registry = Registry()
    yield registry
    registry.remove(ours.name)


def verdict_of(domain: Domain) -> Verdict:
    return check(domain.name, nameservers=domain.nameservers, ds=domain.ds, glue=domain.glue)


def test_given_a_registrar_that_was_told_right_then_every_parent_server_is_named_and_right(
    ours: Domain, registry: Registry
) -> None:
    registry.put(ours)
    verdict = verdict_of(ours)
    assert verdict.ok and verdict.parent == "works"
    (answer,) = verdict.answers
    assert (answer.server, answer.nameservers, answer.ds) == (
        "a.nic.works",
        tuple(sorted(ours.nameservers)),
        ours.ds,
    )


def test_given_nothing_at_the_registrar_then_the_verdict_says_what_the_parent_said(
    ours: Domain, registry: Registry
) -> None:
    verdict = verdict_of(ours)
    assert not verdict.ok
    assert [one.problem for one in verdict.answers] == ["the server says NXDOMAIN"]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"ds": []}, "no DS"),
        ({"ds": [f"12345 13 2 {'ab' * 32}"]}, "a DS of a key that is not ours"),
        ({"nameservers": ["ns1.openova.io."], "glue": {}}, "delegated to ns1.openova.io"),
    ],
)
def test_given_something_wrong_at_the_registrar_then_the_verdict_says_which(
    ours: Domain, registry: Registry, wrong: dict[str, Any], problem: str
) -> None:
    registry.put(ours, **wrong)
    verdict = verdict_of(ours)
    assert not verdict.ok
    assert [one.problem.startswith(problem) for one in verdict.answers] == [True]


def test_given_glue_of_an_old_address_then_the_verdict_names_the_host(
    ours: Domain, registry: Registry
) -> None:
    host = next(iter(ours.glue))
    registry.put(ours, glue={**ours.glue, host: ["198.18.0.1"]})
    (answer,) = verdict_of(ours).answers
    assert answer.problem.startswith(f"glue of {host.rstrip('.')}")


def test_given_the_settings_when_the_command_runs_then_our_own_domains_are_right(
    pool: Pool,
) -> None:
    out = StringIO()
    call_command("dns_delegation", stdout=out)
    assert f"{POOL}: right" in out.getvalue() and "a.nic.works" in out.getvalue()
    with pytest.raises(CommandError, match="not ours"):
        call_command("dns_delegation", "example.com", stdout=out)


def test_given_a_pool_without_a_zone_when_the_command_looks_then_wrong_and_nothing_made(
    server: PowerDns, settings: LazySettings
) -> None:
    missing = f"m{uuid.uuid4().hex[:10]}.works"
    env = settings.CATALYST
    settings.CATALYST = env.model_copy(update={"pool_domains": [*env.pool_domains, missing]})
    with pytest.raises(CommandError, match="does not say what it should"):
        call_command("dns_delegation", missing, stdout=StringIO())
    assert server.zone(missing) is None and not Pool.objects.filter(domain=missing).exists()


def test_given_a_domain_in_use_elsewhere_when_bootstrapped_then_refused_and_the_others_made(
    ours: Domain, registry: Registry, server: PowerDns
) -> None:
    """Our own servers play the others: they go by names that are not those of the settings."""
    hosts, another = (f"m{uuid.uuid4().hex[:10]}.works" for _ in range(2))
    registry.put(ours)
    server.write(ours.name, [RRset(f"www.{ours.name}.", "A", ("88.99.9.9",), 300)])
    end = time.monotonic() + SECONDS
    while resolved(ours.name, "NS")[0] != "NOERROR":
        assert time.monotonic() < end, "the resolver keeps for a second that it was not there"
    Pool.objects.all().delete()
    with pytest.raises(LiveElsewhere, match=f"A of www.{ours.name}"):
        bootstrap(
            server=_Blind(server, ours.name),  # type: ignore[arg-type]
            pool_domains=[ours.name, another],
            nameservers=[f"ns1.{hosts}"],
            addresses=["88.99.1.1"],
        )
    assert [pool.domain for pool in Pool.objects.all()] == [another]
    assert len(server.keys(another)) == 1
    for made in (hosts, another):
        server.delete_zone(made)


class _Blind:
    """Another PowerDNS, that does not have this zone yet."""

    def __init__(self, server: PowerDns, name: str) -> None:
        self._server, self._name = server, name

    def zone(self, name: str) -> object:
        return None if name == self._name else self._server.zone(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


def test_given_a_pool_that_left_the_settings_when_followed_then_no_new_names_and_nothing_removed(
    own_pool: str, server: PowerDns
) -> None:
    assert Pool.objects.get(domain=own_pool).enabled
    before = server.zone(own_pool)
    follow_settings(server)
    assert not Pool.objects.get(domain=own_pool).enabled
    assert Pool.objects.get(domain=POOL).enabled
    assert server.zone(own_pool) == before
