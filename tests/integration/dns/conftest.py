"""Pools, names nobody else uses, and the name servers of the stack the tests run on."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from django.conf import LazySettings, settings
from django.db.models.functions import Now
from django.test import Client

from catalyst.embedded.state import StackState
from catalyst.identity.models import Role
from catalyst.identity.services import make_user
from catalyst.vault.secret import Secret
from dns.pools import services, worker
from dns.pools.bootstrap import bootstrap
from dns.pools.models import Allocation, Pool
from dns.pools.services import AllocationStatus, Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.zone import no_delegation
from tests.integration.dns.asking import POOL
from tests.integration.dns.toll import Toll, toll_house

Reserve = Callable[..., Reservation]


@pytest.fixture
def server() -> Iterator[PowerDns]:
    with PowerDns.from_settings() as server:
        yield server


@pytest.fixture
def toll(server: PowerDns, settings: LazySettings) -> Iterator[Toll]:
    """Our own client goes through the toll house; `server`, which was there before, does not."""
    with toll_house() as (toll, url):
        settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": url})
        yield toll


@pytest.fixture
def pool(db: None, server: PowerDns) -> Pool:
    env = settings.CATALYST
    bootstrap(
        server=server,
        pool_domains=[POOL],
        nameservers=env.nameservers,
        addresses=env.nameserver_addresses,
    )
    return Pool.objects.get(domain=POOL)


@pytest.fixture
def own_pool(db: None, server: PowerDns) -> Iterator[str]:
    """A pool of one's own, for tests that count or remove what is under it."""
    domain = f"d{uuid.uuid4().hex[:10]}.works"
    env = settings.CATALYST
    bootstrap(
        server=server,
        pool_domains=[domain],
        nameservers=env.nameservers,
        addresses=env.nameserver_addresses,
    )
    yield domain
    forget_zones(domain)


def forget_zones(domain: str) -> None:
    """Take a domain and all below it out of PowerDNS' own database: quicker than its API."""
    path = StackState.load().state_dir / "powerdns" / "zones.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute(
            "DELETE FROM domains WHERE name = ? OR name LIKE ?", (domain, f"%.{domain}")
        )


@pytest.fixture
def label(pool: Pool, server: PowerDns) -> Iterator[str]:
    """A free name; what the test leaves of it on the name servers is removed."""
    label = f"t{uuid.uuid4().hex[:12]}"
    yield label
    server.write(POOL, no_delegation(f"{label}.{POOL}"))
    server.delete_zone(f"{label}.{POOL}")


@pytest.fixture
def reserve(label: str) -> Reserve:
    """Reserve the name, or as the arguments say."""

    def make(**changes: object) -> Reservation:
        values = {
            "pool": POOL,
            "label": label,
            "owner": "deployment:1",
            "actor": "test",
            "idempotency_key": "1",
        }
        return services.reserve(**{**values, **changes})

    return make


@pytest.fixture
def address() -> str:
    """A load balancer's address that the settings of the laptop allow."""
    return f"{settings.CATALYST.balancer_ranges[0].rsplit('.', 1)[0]}.200"


@pytest.fixture
def published(reserve: Reserve, address: str) -> Reservation:
    """A name that is reserved, committed and on the name servers."""
    held = reserve()
    commit(held, address)
    synced = sync(held)
    assert synced.dns_phase == "published", synced.last_error
    return held


@pytest.fixture
def several(own_pool: str, address: str) -> list[Reservation]:
    """Three published names of a pool of their own."""
    held = [
        services.reserve(
            pool=own_pool,
            label=f"name{number}",
            owner="deployment:1",
            actor="test",
            idempotency_key=str(number),
        )
        for number in (1, 2, 3)
    ]
    for one in held:
        commit(one, address)
        assert sync(one).settled
    return held


def commit(held: Reservation, address: str, **changes: object) -> AllocationStatus:
    values = {
        "allocation_id": held.allocation_id,
        "token": held.token,
        "address_v4": address,
        "actor": "test",
    }
    return services.commit(**{**values, **changes})


def sync(held: Reservation) -> AllocationStatus:
    """Let the worker look once; the row tells how it went."""
    worker.sync(allocation_id=held.allocation_id)
    return services.status(allocation_id=held.allocation_id)


def ttl_passes() -> None:
    """The database believes that every DS taken out was taken out an hour ago."""
    Allocation.objects.filter(ds_removed_at__isnull=False).update(
        ds_removed_at=Now() - timedelta(hours=1), next_attempt_at=Now()
    )


def removed(held: Reservation) -> AllocationStatus:
    """Both looks that a release takes: DS out, and after its TTL the rest."""
    sync(held)
    ttl_passes()
    return sync(held)


@pytest.fixture
def log_in(db: None) -> Callable[..., Client]:
    """A browser with the session of a new person who has these roles."""

    def make(*roles: str) -> Client:
        email = f"{uuid.uuid4().hex[:8]}@example.com"
        password = Secret("correct horse battery")
        client = Client()
        client.force_login(
            make_user(email=email, roles=list(roles), password=password, actor="test")
        )
        return client

    return make


@pytest.fixture
def operator(log_in: Callable[..., Client]) -> Client:
    return log_in(Role.OPERATOR)
