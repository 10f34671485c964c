"""Whose data the fuzzed API must not show."""

from __future__ import annotations

import pytest

from catalyst.identity.models import User
from catalyst.vault import services as vault
from dns.byo.models import DomainMove
from sovereign_wizard.provisioning.models import Deployment
from tests.contract.api.fuzzing import Owned, person
from tests.security.things import common_things, things_of


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
