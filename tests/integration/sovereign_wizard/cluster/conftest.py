"""A real control plane with Flux's kinds, and Deployments whose machine is it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from catalyst.eventlog.services import read
from catalyst.identity.models import User
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.steps import Done, Wait
from dns.pools.models import Pool
from infra.tools import manifest, obtain
from infra.tools.progress import Board
from sovereign_wizard.cluster.models import ClusterView, Component
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.phases import BY_ID
from tests.integration.internet.running import free_range
from tests.integration.localcloud.cluster.running import Cluster
from tests.integration.sovereign_wizard.cluster.flux import CRDS, NAMESPACE, Flux
from tests.integration.sovereign_wizard.provisioning.scripted import phases


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    pins = manifest.load()
    with Board() as board:
        kube = obtain.Workshop(pins, board=board).ensure(pins.tools["kube"]).path
    with free_range() as network:
        cluster = Cluster(network, tmp_path_factory.mktemp("sovereign"), kube)
        cluster.start()
        try:
            cluster.ready_seconds()
            flux = Flux(cluster)
            cluster.kubectl("create", "namespace", NAMESPACE)
            flux.define(*sorted(CRDS.glob("*.yaml")))
            yield flux
        finally:
            code = cluster.stop()
        assert code == 0


@pytest.fixture
def flux(kinds: Flux) -> Flux:
    kinds.clear()
    return kinds


@dataclass
class Watched:
    """A Deployment whose cluster is the test's; only the phases of the cluster are the real ones.

    What comes after them waits, so that a test sees that they are done.
    """

    deployment: Deployment
    flux: Flux

    def advance(self, *also: str, **answers: Any) -> Deployment:
        """`also`: further phases that are the real ones."""
        scripted = phases(
            tofu_output=lambda _: Done({"control_plane_ip": self.flux.cluster.address}),
            **{"tls": lambda _: Wait("Next is tls.", 60), **answers},
        )
        real = {name: BY_ID[name] for name in ("flux-bootstrap", "components", *also)}
        director.advance(self.deployment.pk, phases=scripted | real)
        self.deployment.refresh_from_db()
        return self.deployment

    def post_kubeconfig(self, text: bytes = b"") -> None:
        bearer = vault.get(self.deployment.secrets["callback-bearer"]).reveal()
        services.keep_kubeconfig(
            deployment_id=self.deployment.pk,
            bearer=bearer,
            kubeconfig=text or self.flux.kubeconfig,
        )

    @property
    def seen(self) -> dict[str, str]:
        """Component → status, as the rows have it."""
        rows = Component.objects.filter(deployment=self.deployment)
        return {row.component_id: row.status for row in rows}

    @property
    def view(self) -> ClusterView:
        return ClusterView.objects.get(deployment=self.deployment)

    def told(self, component: str) -> list[str]:
        """States in the order the log told them."""
        return [
            entry["data"]["state"]
            for entry in self.log
            if entry["data"].get("component") == component and "state" in entry["data"]
        ]

    @property
    def log(self) -> list[dict[str, Any]]:
        return list(read(self.deployment.subject, limit=1000).entries)


@pytest.fixture
def watched(
    flux: Flux,
    pool: Pool,
    person: Callable[..., User],
    ssh_public_key: str,
    settings: Any,
) -> Watched:
    settings.CATALYST = settings.CATALYST.model_copy(update={"cluster": True})
    wish = services.DeploymentRequest(
        organization_name="Omantel",
        owner_email="admin@omantel.example",
        pool_domain=pool.domain,
        subdomain=f"t{uuid.uuid4().hex[:12]}",
        region="hel1",
        control_plane_size="cx43",
        worker_size="",
        worker_count=0,
        hetzner_project_id="3311",
        hetzner_token=Secret(secrets.token_hex(32)),
        ssh_public_key=ssh_public_key,
    )
    made = services.create(owner=person(), wish=wish, idempotency_key=uuid.uuid4().hex)
    return Watched(made, flux)


@pytest.fixture
def begun(watched: Watched) -> Watched:
    """Flux works from Git: a root brings a stage, which brings cnpg and gitea; neither is there."""
    flux = watched.flux
    flux.source()
    flux.fetched()
    flux.stage("root")
    flux.stage("data", "crds")
    flux.brings("root", "Unknown", stages=("data",))
    flux.brings("data", "Unknown", "bp-cnpg", "bp-gitea")
    watched.advance()  # everything before the cluster
    watched.post_kubeconfig()
    return watched
