"""A local cloud whose machines are clusters, and a console they call back."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hcloud import Client
from hcloud.servers import Server

from infra.check import tools
from tests.integration.infra.conftest import module  # noqa: F401
from tests.integration.infra.module_copy import SECRET_VARIABLES, Module
from tests.integration.infra.rendered import machines
from tests.integration.internet.running import until
from tests.integration.localcloud.flux.conftest import programs  # noqa: F401
from tests.integration.localcloud.flux.running import Supply
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.user_data.booted import BOOT_SECONDS, Booted, sources
from tests.integration.localcloud.user_data.console import Console
from tests.integration.localcloud.user_data.marks import marks

Told = Callable[..., tuple[Server, str]]


@pytest.fixture(scope="session")
def console(network: IPv4Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    console = Console(network, folder, SECRET_VARIABLES["callback_bearer"])
    console.start()
    yield console
    console.stop()


@pytest.fixture(scope="session")
def marks_before() -> dict[str, object]:
    """This computer before any machine."""
    return marks()


@pytest.fixture(scope="session")
def cluster_cloud(
    marks_before: dict[str, object],
    console: Console,
    programs: dict[str, Path],  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalCloud]:
    found = {
        "kube": programs["kube"],
        "helm": tools.helm(),
        "etcd": shutil.which("etcd"),
        **{name: Path(sys.executable).with_name(name) for name in ("kubectl", "traefik")},
    }
    machine = {
        "ca_bundle": str(console.ca_bundle),
        "resolver": console.names.address,
        "cluster": {name: str(path) for name, path in found.items()},
    }
    cloud = LocalCloud(console.network, tmp_path_factory.mktemp("cloud"), machine=machine)
    cloud.start()
    yield cloud
    assert cloud.stop() == 0


@pytest.fixture(scope="session")
def supply(
    console: Console,
    programs: dict[str, Path],  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Supply]:
    """Charts and the tree, where Pods reach them."""
    folder = tmp_path_factory.mktemp("supply")
    supply = Supply.make(folder, programs, host=str(console.network[5]))
    supply.program.start()
    supply.program.said("serving oci://", seconds=120)
    yield supply
    assert supply.program.stop() == 0


@pytest.fixture(scope="session")
def booted(
    cluster_cloud: LocalCloud,
    console: Console,
    module: Module,  # noqa: F811 - the fixture
    supply: Supply,
) -> Iterator[Booted]:
    told = machines(
        module,
        **sources(supply),
        worker_count=0,
        # So that the machine says its own address, not the load balancer's, which is not here.
        api_allowed_cidrs=["198.18.0.0/15"],
        callback_url=f"{console.url}/callback",
        kubeconfig_url=f"{console.url}/kubeconfig",
    ).first
    client = cluster_cloud.client()
    server = boot(client, told.text, name="omantel-cp-1")
    booted = Booted(cluster_cloud, client, console, server, told, set())
    until(booted.look, seconds=BOOT_SECONDS)
    yield booted
    client.servers.delete(server).wait_until_finished()


@pytest.fixture(scope="session")
def kubeconfig(booted: Booted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the console was sent."""
    (sent,) = [body for method, _, body in booted.console.heard if method == "PUT"]
    path = tmp_path_factory.mktemp("kubeconfig") / "kubeconfig"
    path.write_bytes(sent)
    return path


@pytest.fixture
def told(cluster_cloud: LocalCloud) -> Iterator[Told]:
    """Boot a control plane with these commands and files; returns it and where it stopped."""
    client: Client = cluster_cloud.client()
    made: list[Server] = []

    def boot_with(*commands: object, files: dict[str, str] | None = None) -> tuple[Server, str]:
        facts = json.dumps({"role": "control-plane", "fqdn": "a.test", "deployment_id": "1"})
        contents = {"/etc/catalyst/sovereign.json": facts, **(files or {})}
        written = [{"path": path, "content": content} for path, content in contents.items()]
        document = {"write_files": written, "runcmd": list(commands)}
        server = boot(client, "#cloud-config\n" + json.dumps(document), name=f"told-{len(made)}")
        made.append(server)
        ended = ("first boot failed", "running")
        until(lambda: cluster_cloud.machine_status(server.id)["phase"] in ended)
        return server, str(cluster_cloud.machine_status(server.id)["phase"])

    yield boot_with
    for server in made:
        client.servers.delete(server).wait_until_finished()
