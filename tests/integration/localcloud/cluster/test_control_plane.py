"""The control plane itself: how soon it is there, what it costs, and what survives a kill."""

from __future__ import annotations

import signal
import socket
import ssl
import urllib.request

import psutil
import pytest

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import (
    PROBE,
    PROGRAM,
    Cluster,
    Space,
    ask,
    deployment,
)

pytestmark = pytest.mark.xdist_group("cluster")

MEGABYTE = 1_000_000
MEMBERS = {"etcd", "apiserver", "controller-manager", "scheduler", "kubelet", "cluster"}


def programs(pod_uid: str) -> list[psutil.Process]:
    """Processes of this Pod's program, by what they were given."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(PROGRAM) in words and "unshare" not in words[0] and pod_uid in words:
            found.append(process)
    return found


def test_given_a_machine_then_its_node_is_ready_and_its_costs_are_told(cluster: Cluster) -> None:
    members = until(lambda: (m := cluster.members()).keys() >= MEMBERS and m)
    used = {name: member.memory_info().rss // MEGABYTE for name, member in members.items()}
    print(f"\nAPI ready after {cluster.ready_seconds()} s; RSS in MB: {used}")
    assert sum(used.values()) < 1500


def test_given_tls_names_then_the_api_is_trusted_by_them(cluster: Cluster) -> None:
    authority = cluster.state / "tls/server-ca.crt"
    trust = ssl.create_default_context(cafile=authority)
    with (
        socket.create_connection((cluster.address, 6443)) as plain,
        trust.wrap_socket(plain, server_hostname="api.omantel.omani.works") as secured,
    ):
        assert secured.version() == "TLSv1.3"


def test_given_a_kubelet_when_it_is_killed_then_its_pods_are_replaced_and_none_is_left(
    space: Space,
) -> None:
    cluster = space.cluster
    uid = {"name": "UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}
    space.apply(deployment("kept", {"env": [uid], "args": ["$(UID)"], "readinessProbe": PROBE}))
    space.rolled_out("deployment/kept")
    pod = space.pod("kept")
    (before,) = until(lambda: programs(pod["metadata"]["uid"]))
    kubelet = cluster.members()["kubelet"]
    kubelet.send_signal(signal.SIGKILL)
    until(lambda: not before.is_running(), seconds=10)

    def back() -> bool:
        (status,) = space.pod("kept")["status"]["containerStatuses"]
        return status["restartCount"] == 1 and status["ready"]

    until(back, seconds=30)
    pod = space.pod("kept")
    assert ask(pod)["env"]["UID"] == pod["metadata"]["uid"]
    assert len(programs(pod["metadata"]["uid"])) == 1


def test_given_an_api_server_when_it_is_killed_then_pods_go_on_and_it_comes_back(
    space: Space,
) -> None:
    cluster = space.cluster
    space.apply(deployment("calm", {"readinessProbe": PROBE}))
    space.rolled_out("deployment/calm")
    pod = space.pod("calm")
    cluster.members()["apiserver"].kill()
    assert ask(pod)["host"] == pod["metadata"]["name"]
    until(lambda: "apiserver" in cluster.members(), seconds=20)
    until(lambda: answers(cluster), seconds=40)
    (status,) = space.pod("calm")["status"]["containerStatuses"]
    assert (status["restartCount"], status["ready"]) == (0, True)


def answers(cluster: Cluster) -> bool:
    trust = ssl.create_default_context(cafile=cluster.state / "tls/server-ca.crt")
    try:
        url = f"https://{cluster.address}:6443/readyz"
        with urllib.request.urlopen(url, context=trust, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
