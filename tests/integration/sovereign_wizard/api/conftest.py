"""Owners, strangers and operators with their Deployments, at the API."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from catalyst.identity.models import Role, User
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from catalyst.vault.secret import Secret
from dns.pools.models import Pool
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment

Make = Callable[..., Deployment]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at `/api/v1`; `post` sends JSON."""

    client: Client
    user: User | None = None

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.client.get(f"/api/v1{path}", headers=headers)

    def post(self, path: str, document: Any = None, **headers: str) -> HttpResponse:
        body = "" if document is None else json.dumps(document)
        return self.client.post(
            f"/api/v1{path}", body, content_type="application/json", headers=headers
        )


def kind(answer: HttpResponse) -> tuple[int, str]:
    """Status and type of a problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, json.loads(answer.content)["type"]


def _caller(email: str, role: str) -> Caller:
    user = User.objects.create(subject=email, email=email, roles=[role])
    for action in LIMITS:  # counts of the same row's number in an earlier test database
        forgive(action=action, key=f"person:{user.pk}")
    client = Client()
    client.force_login(user)
    return Caller(client, user)


@pytest.fixture
def owner(db: None) -> Caller:
    return _caller("owner@example.com", Role.MEMBER)


@pytest.fixture
def stranger(db: None) -> Caller:
    return _caller("stranger@example.com", Role.MEMBER)


@pytest.fixture
def operator(db: None) -> Caller:
    return _caller("operator@example.com", Role.OPERATOR)


@pytest.fixture
def anybody(db: None) -> Caller:
    return Caller(Client())


@pytest.fixture
def wish(ssh_public_key: str, name: str) -> dict[str, Any]:
    """A wish as the specification's clients send it."""
    return {
        "orgName": "Omantel",
        "orgEmail": "admin@omantel.example",
        "sovereignDomainMode": "pool",
        "sovereignPoolDomain": settings.CATALYST.pool_domains[0],
        "sovereignSubdomain": name,
        "hetznerToken": secrets.token_hex(32),
        "hetznerProjectID": "3311",
        "region": "hel1",
        "controlPlaneSize": "cx43",
        "workerSize": "cx33",
        "workerCount": 1,
        "sshPublicKey": ssh_public_key,
    }


@pytest.fixture
def make(pool: Pool, owner: Caller, ssh_public_key: str) -> Make:
    """Deployments of the owner, each with a name of its own."""

    def one(owner: Caller = owner, **changes: Any) -> Deployment:
        values = {
            "organization_name": "Omantel",
            "owner_email": "admin@omantel.example",
            "pool_domain": pool.domain,
            "subdomain": f"t{uuid.uuid4().hex[:12]}",
            "region": "hel1",
            "control_plane_size": "cx43",
            "worker_size": "cx33",
            "worker_count": 1,
            "hetzner_project_id": "3311",
            "hetzner_token": Secret(secrets.token_hex(32)),
            "ssh_public_key": ssh_public_key,
        }
        assert owner.user is not None
        return services.create(
            owner=owner.user,
            wish=services.DeploymentRequest(**{**values, **changes}),
            idempotency_key=uuid.uuid4().hex,
        )

    return one


@pytest.fixture
def deployment(make: Make) -> Deployment:
    return make()
