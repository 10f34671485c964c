"""Whose data the fuzzed API must not show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from catalyst.identity.models import User
from catalyst.vault import services as vault
from dns.byo.models import DomainMove
from sovereign_wizard.provisioning.models import Deployment
from tests.contract.api.fuzzing import Owned, person
from tests.security.things import common_things, things_of


@pytest.fixture
def connection_kept() -> Iterator[None]:
    """As Django's own test client does, leave the test's connection open after a request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def owner(db: None) -> User:
    return person("owner-canary@example.com")


@pytest.fixture
def owned(owner: User) -> Owned:
    """One of each thing, with something in every place that an answer could show."""
    found = {**common_things(), **things_of(owner)}
    deployment = Deployment.objects.get(pk=found["deployment_id"])
    DomainMove.objects.filter(pk=found["move_id"]).update(contact="move-canary@example.com")
    hidden = tuple(vault.get(reference).reveal() for reference in deployment.secrets.values())
    canaries = (
        *(deployment.fqdn, deployment.subdomain, deployment.organization_name, "canary line"),
        *(owner.email, "canary.example", "move-canary@example.com"),
    )
    return Owned(deployment, {key: str(value) for key, value in found.items()}, canaries, hidden)
