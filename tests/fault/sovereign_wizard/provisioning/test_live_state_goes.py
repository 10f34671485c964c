"""The end of a destroy drops the live state, keeps the copies, and does both or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from sovereign_wizard.provisioning import director, services, state_versions
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.tofu.problems import StateStoreAway
from tests.integration.sovereign_wizard.conftest import (
    person,
    pool,
    ssh_public_key,
    tokens,
)
from tests.integration.sovereign_wizard.provisioning.conftest import make, store
from tests.integration.sovereign_wizard.provisioning.scripted import phases

__all__ = ["make", "person", "pool", "ssh_public_key", "store", "tokens"]
pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]


@pytest.fixture
def destroying(make: Make, store: psycopg.Connection) -> Iterator[Deployment]:
    """A failed Deployment with a live state, about to be destroyed."""
    row = make()
    with transaction.atomic():
        transition(row, State.RUNNING)
        transition(row, State.FAILED, problem={"title": "Tofu stopped"})
        row.runs.update(finished_at=timezone.now())
    schema = state_versions.schema_of(row)
    store.execute(f'CREATE SCHEMA "{schema}"')
    store.execute(
        f'CREATE TABLE "{schema}".states (id bigint PRIMARY KEY, name text UNIQUE, data text)'
    )
    sealed = json.dumps({"serial": 7, "encrypted_data": "7"})
    store.execute(f'INSERT INTO "{schema}".states VALUES (1, %s, %s)', ["default", sealed])  # noqa: S608
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    yield row
    store.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def is_live(store: psycopg.Connection, row: Deployment) -> bool:
    schema = state_versions.schema_of(row)
    found = store.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
    return found.fetchone() is not None


def test_given_a_destroy_that_ends_when_destroyed_then_the_live_state_is_gone_and_its_copy_stays(
    destroying: Deployment, store: psycopg.Connection
) -> None:
    director.advance(destroying.pk, phases=phases())

    destroying.refresh_from_db()
    assert destroying.state == State.DESTROYED
    assert not is_live(store, destroying)
    assert services.export(deployment=destroying).serial == 7
    with transaction.atomic():
        state_versions.drop_live(destroying)
    assert services.export(deployment=destroying).serial == 7


def test_given_the_live_state_cannot_be_dropped_when_ending_then_nothing_ends_and_later_all_does(
    destroying: Deployment, store: psycopg.Connection
) -> None:
    schema = state_versions.schema_of(destroying)
    with store.transaction():
        store.execute(f'LOCK TABLE "{schema}".states IN ACCESS SHARE MODE')
        with pytest.raises(StateStoreAway):
            director.advance(destroying.pk, phases=phases())
        destroying.refresh_from_db()
        assert destroying.state == State.DESTROYING
        assert "hetzner-token" in destroying.secrets and is_live(store, destroying)

    director.advance(destroying.pk, phases=phases())

    destroying.refresh_from_db()
    assert destroying.state == State.DESTROYED and not is_live(store, destroying)
