"""A Deployment with a project of its own at the local cloud, and things made there by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hcloud import Client
from hcloud.images import Image
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.locations import Location
from hcloud.networks.domain import NetworkSubnet
from hcloud.server_types import ServerType

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.identity.models import User
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.project import LABEL
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.provisioning.services import DeploymentRequest, create

NBG1 = Location("nbg1")


@pytest.fixture
def owner(person: Callable[..., User]) -> User:
    return person(f"owner-{uuid.uuid4().hex[:8]}@example.com")


@pytest.fixture
def token() -> str:
    return Cloud(StackState.load()).token(f"handover-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def deployment(owner: User, pool: Any, name: str, ssh_public_key: str, token: str) -> Deployment:
    wish = DeploymentRequest(
        organization_name="Omantel",
        owner_email="admin@omantel.example",
        pool_domain=pool.domain,
        subdomain=name,
        region="nbg1",
        control_plane_size="cx43",
        worker_size="",
        worker_count=0,
        hetzner_project_id="3311",
        hetzner_token=Secret(token),
        ssh_public_key=ssh_public_key,
    )
    return create(owner=owner, wish=wish, idempotency_key=str(uuid.uuid4()))


@pytest.fixture
def stopped(deployment: Deployment) -> Deployment:
    """Failed, with no run at work."""
    with transaction.atomic():
        transition(deployment, State.RUNNING)
        transition(deployment, State.FAILED, problem={"title": "Tofu stopped"})
        deployment.runs.update(finished_at=deployment.state_since)
    return deployment


@dataclass(frozen=True, slots=True)
class Project:
    """The vendor's own client, and what was made with it."""

    client: Client
    network: Any
    server: Any
    volume: Any
    balancer: Any
    stranger: Any


def settled(made: Any) -> None:
    """Wait for the actions a create began: until then the thing is locked."""
    for action in (made.action, *(getattr(made, "next_actions", None) or ())):
        if action is not None:
            action.wait_until_finished()


@pytest.fixture
def project(deployment: Deployment, token: str) -> Iterator[Project]:
    """Ours by label: a network and a server. Cluster-made: a volume on the server and a load
    balancer in the network. A stranger: a volume that has nothing to do with us."""
    client = Client(token=token, api_endpoint=settings.CATALYST.hcloud_endpoint)
    ours = {LABEL: str(deployment.pk)}
    network = client.networks.create(
        name="ours",
        ip_range="10.0.0.0/16",
        subnets=[NetworkSubnet(type="cloud", network_zone="eu-central", ip_range="10.0.1.0/24")],
        labels=ours,
    )
    born = client.servers.create(
        name="ours-cp-0",
        server_type=ServerType("cx43"),
        image=Image(name="ubuntu-24.04"),
        location=NBG1,
        labels=ours,
        networks=[network],
        start_after_create=False,
    )
    settled(born)
    volume = client.volumes.create(size=10, name="pvc-4711", server=born.server)
    balancer = client.load_balancers.create(
        name="svc-shop",
        load_balancer_type=LoadBalancerType("lb11"),
        location=NBG1,
        network=network,
    )
    stranger = client.volumes.create(size=10, name="stranger", location=NBG1)
    for made in (volume, balancer, stranger):
        settled(made)
    yield Project(
        client, network, born.server, volume.volume, balancer.load_balancer, stranger.volume
    )
    for kind in (client.servers, client.load_balancers):
        for thing in kind.get_all():
            thing.delete()
