"""Deployments as services make them, for tests of the engine."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings

from catalyst.identity.models import User
from catalyst.vault.secret import Secret
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.services import DeploymentRequest, create


@pytest.fixture
def store() -> Iterator[psycopg.Connection]:
    """The database of the state, as tofu's role."""
    dsn = settings.CATALYST.tofu_database_url.get_secret_value()
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def make(person, pool, tokens, ssh_public_key) -> Callable[..., Deployment]:  # type: ignore[no-untyped-def]
    """A queued Deployment with a name nobody has, of one person if not `by` another; other keyword
    arguments change the wish."""
    owner: list[User] = []

    def one(*, by: User | None = None, **changes: Any) -> Deployment:
        if not owner:
            owner.append(person(f"{uuid.uuid4().hex[:12]}@example.com"))
        wish = {
            "organization_name": "Omantel",
            "owner_email": "admin@omantel.example",
            "pool_domain": pool.domain,
            "subdomain": f"t{uuid.uuid4().hex[:12]}",
            "region": "hel1",
            "control_plane_size": "cx43",
            "worker_size": "",
            "worker_count": 0,
            "hetzner_project_id": "3311",
            "hetzner_token": Secret(tokens.read_write),
            "ssh_public_key": ssh_public_key,
            **changes,
        }
        return create(
            owner=by or owner[0], wish=DeploymentRequest(**wish), idempotency_key=str(uuid.uuid4())
        )

    return one
