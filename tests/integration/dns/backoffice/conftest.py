"""Rows without a name server where a page shows only rows; the stack has made the pool's zone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from dns.pools.models import Pool
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.zone import no_delegation
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import Reserve, commit, sync


@pytest.fixture
def pool(db: None) -> Pool:
    return Pool.objects.get_or_create(domain=POOL)[0]


@pytest.fixture
def label(pool: Pool) -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def published(reserve: Reserve, address: str, server: PowerDns) -> Iterator[Reservation]:
    """A name that is on the name servers; what is left of it there is removed."""
    held = reserve()
    commit(held, address)
    synced = sync(held)
    assert synced.dns_phase == "published", synced.last_error
    yield held
    server.write(POOL, no_delegation(held.fqdn))
    server.delete_zone(held.fqdn)
