"""One cluster for all tests of this folder, each in a name space of its own."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalyst.embedded.state import StackState
from infra.localcloud.supply import programs, supply
from infra.tools import manifest, obtain
from infra.tools.progress import Board
from tests.integration.internet.running import free_range, until
from tests.integration.localcloud.cluster.databases import Databases
from tests.integration.localcloud.cluster.releases import Kit
from tests.integration.localcloud.cluster.running import Cluster, Space
from tests.plugins.backing_stack import STATE_DIR


@pytest.fixture(scope="session")
def kube() -> Path:
    """The control plane's program; built here and now when nobody has built it yet."""
    pins = manifest.load()
    with Board() as board:
        return obtain.Workshop(pins, board=board).ensure(pins.tools["kube"]).path


@pytest.fixture(scope="session")
def cluster(kube: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with free_range() as network:
        cluster = Cluster(
            network,
            tmp_path_factory.mktemp("cluster"),
            kube,
            images=(supply.IMAGES,),
            places=programs.places(),
            upstream=[str(StackState.load(STATE_DIR).resolver)],
        )
        cluster.start()
        try:
            cluster.ready_seconds()
            until(lambda: "node/cp-1" in cluster.kubectl("get", "nodes", "-o", "name"), seconds=40)
            cluster.kubectl("wait", "--for=condition=Ready", "node/cp-1", "--timeout=40s")
            yield cluster
        finally:
            code = cluster.stop()
        assert code == 0


@pytest.fixture
def space(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Space]:
    # Names that begin alike for longer than Kubernetes takes are told apart by their ends.
    whole = request.node.name
    begins = re.sub(r"[^a-z]+", "-", whole.lower())[:50].strip("-")
    name = f"{begins}-{zlib.crc32(whole.encode()):08x}"
    space = cluster.space(name)
    yield space
    # Not waited for: the next test needs nothing of it.
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def kit(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit.on(cluster, tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Databases:
    return Databases.on(cluster)


@pytest.fixture(scope="session")
def operator(kit: Kit) -> Space:
    """What stands for CloudNativePG; from then on every Cluster of the cluster is its own."""
    space = kit.space("cnpg-system")
    kit.install("cnpg", space, {})
    return space
