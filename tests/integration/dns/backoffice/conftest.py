"""Rows without a name server where a page shows only rows; the stack has made the pool's zone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dns.backoffice.selectors import PAGE
from dns.pools.models import Allocation, Pool
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


@pytest.fixture
def more_than_two_pages(pool: Pool, reserve: Reserve) -> list[str]:
    """Names of more rows than two pages show, the newest first."""
    row = Allocation.objects.get(pk=reserve(label="many-base").allocation_id)
    rows = []
    for number in range(2 * PAGE + 1):
        label = f"many-{number:04}"
        copy = Allocation.objects.get(pk=row.pk)
        copy.pk, copy.acme_username = uuid.uuid4(), uuid.uuid4()
        copy.label = copy.skeleton = copy.idempotency_key = label
        copy.fqdn = f"{label}.{POOL}"
        copy.reserved_at = row.reserved_at + timedelta(seconds=number // 3)  # some at one time
        rows.append(copy)
    Allocation.objects.bulk_create(rows)
    newest = sorted(rows, key=lambda one: (one.reserved_at, one.pk), reverse=True)
    return [one.fqdn for one in newest]
