"""Machines that join: further control planes are members of one etcd, workers are nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hcloud import Client
from hcloud.servers import Server

from infra.localcloud.machines.control_plane.membership import Members
from infra.localcloud.machines.control_plane.pki import Pair
from infra.localcloud.machines.control_plane.spec import ETCD_CLIENT_PORT
from tests.integration.infra.module_copy import Module
from tests.integration.infra.rendered import machines
from tests.integration.internet.running import until
from tests.integration.localcloud.flux.running import Supply
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.user_data.booted import (
    BOOT_SECONDS,
    Booted,
    kubectl,
    sources,
    uid_of_cluster,
)

pytestmark = pytest.mark.xdist_group("user-data")

FIRST, SECOND, THIRD = "omantel-cp-1", "omantel-cp-2", "omantel-cp-3"
STRANGER, WORKER = "stranger", "omantel-worker-1"


@dataclass
class Together:
    """A highly available cluster. `kubeconfig` leads to the second control plane."""

    cloud: LocalCloud
    client: Client
    servers: dict[str, Server]
    kubeconfig: Path

    def root(self, name: str) -> Path:
        return self.cloud.machine_dir(self.servers[name].id) / "root"

    def address(self, name: str) -> str:
        address: str = self.servers[name].data_model.public_net.ipv4.ip
        return address

    def voters(self, seen_by: str) -> set[str]:
        tls = self.root(seen_by) / "var/lib/rancher/k3s/tls"
        members = Members(
            [f"https://{self.address(seen_by)}:{ETCD_CLIENT_PORT}"],
            authority=Pair(tls / "etcd-ca.crt", tls / "etcd-ca.key"),
            client=Pair(tls / "etcd-client.crt", tls / "etcd-client.key"),
        )
        found = asyncio.run(members.listed())
        return {each.get("name", "") for each in found if not each.get("isLearner")}


@pytest.fixture(scope="module")
def together(
    booted: Booted,
    module: Module,
    supply: Supply,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Together]:
    """The machine that booted alone, and those that a highly available Sovereign has besides."""
    several = machines(module, **sources(supply), ha_enabled=True, worker_count=1)
    worker = several.workers[0].text
    token = several.workers[0].k3s["token"]
    assert token in worker  # its file is short enough to be written plainly
    texts = {
        SECOND: several.joining[0].text,
        THIRD: several.joining[1].text,
        STRANGER: worker.replace(token, "f" * 64),
        WORKER: worker,
    }
    made = {name: boot(booted.client, text, name=name) for name, text in texts.items()}
    kubeconfig = tmp_path_factory.mktemp("ha") / "kubeconfig"
    servers = {FIRST: booted.server, **made}
    found = Together(booted.cloud, booted.client, servers, kubeconfig)
    second = found.root(SECOND) / "var/lib/rancher/k3s/k3s.yaml"
    until(second.exists, seconds=BOOT_SECONDS)
    kubeconfig.write_text(second.read_text())
    until(lambda: uid_of_cluster(kubeconfig), seconds=BOOT_SECONDS)
    yield found
    for server in made.values():
        booted.client.servers.delete(server).wait_until_finished()


def test_given_three_control_planes_then_each_is_a_voter_of_one_etcd_and_a_node(
    together: Together,
) -> None:
    everyone = {FIRST, SECOND, THIRD}
    until(lambda: together.voters(SECOND) == everyone, seconds=BOOT_SECONDS)
    for name in (*everyone, WORKER):
        kubectl(together.kubeconfig, "wait", "--for=create", f"node/{name}", "--timeout=50s")
        ready = ("wait", "--for=condition=Ready", f"node/{name}", "--timeout=50s")
        kubectl(together.kubeconfig, *ready)
    role = "-lcatalyst.openova.io/role=control-plane,node-role.kubernetes.io/etcd"

    def labelled() -> bool:
        listed = kubectl(together.kubeconfig, "get", "nodes", role, "-o", "name").split()
        return {each.removeprefix("node/") for each in listed} == everyone

    until(labelled)


def test_given_a_wrong_token_then_no_machine_joins_by_it(together: Together) -> None:
    stranger = together.cloud.machine_dir(together.servers[STRANGER].id) / "console.log"
    until(lambda: "waiting for a cluster that takes" in stranger.read_text())
    assert STRANGER not in kubectl(together.kubeconfig, "get", "nodes", "-o", "name")


def test_given_the_first_one_is_gone_then_the_api_takes_changes_and_services_are_served(
    together: Together,
) -> None:
    until(lambda: len(together.voters(SECOND)) == 3, seconds=BOOT_SECONDS)
    first = together.servers[FIRST]
    together.client.servers.power_off(first).wait_until_finished()
    until(lambda: together.cloud.machine_status(first.id)["power"] == "off")

    until(lambda: uid_of_cluster(together.kubeconfig), seconds=BOOT_SECONDS)
    kubectl(together.kubeconfig, "create", "configmap", "after")
    consoles = [
        together.cloud.machine_dir(together.servers[name].id) / "console.log"
        for name in (SECOND, THIRD)
    ]
    words = "serving Services and names of the cluster"
    until(lambda: any(words in each.read_text() for each in consoles), seconds=30)
    together.client.servers.power_on(first).wait_until_finished()
    ours = together.root(FIRST) / "var/lib/rancher/k3s/k3s.yaml"
    until(lambda: uid_of_cluster(ours), seconds=BOOT_SECONDS)
    assert uid_of_cluster(ours) == uid_of_cluster(together.kubeconfig)
