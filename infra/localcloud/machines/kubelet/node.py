"""The Node object of this machine: made when it is not there, told healthy by a lease."""

import asyncio
import datetime
import logging
import os
import platform
from ipaddress import IPv4Network

from infra.localcloud.machines.cluster.api import CONFLICT, Api, ApiProblem, Json
from infra.localcloud.machines.control_plane.spec import KUBELET_PORT
from infra.localcloud.machines.kubelet.config import Config
from infra.localcloud.machines.kubelet.status import now

log = logging.getLogger(__name__)

VERSION = "v1.37.2"
_LEASE_SECONDS, _RENEW_SECONDS = 40, 10.0  # the kubelet proper's
_AGAIN_SECONDS = 0.2
# More than any chart asks for: what runs here is not bounded by what the machine would have had.
_ROOM = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "125"}


async def register(api: Api, config: Config) -> IPv4Network:
    """Have the Node, ready, and return the addresses the cluster gives to its Pods."""
    while True:
        try:
            await api.have("/api/v1/nodes", _node(config))
            await api.patch(_path(config) + "/status", {"status": _status(config)})
            node = await api.get(_path(config))
            if "podCIDR" in node["spec"]:
                return IPv4Network(node["spec"]["podCIDR"])
        except ApiProblem as problem:
            log.info("node %s: %s", config.name, problem)
        await asyncio.sleep(_AGAIN_SECONDS)


async def keep(api: Api, config: Config) -> None:
    """Renew the lease for ever."""
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    while True:
        body = _lease(config)
        try:
            try:
                await api.create(path, body)
            except ApiProblem as problem:
                if problem.status != CONFLICT:
                    raise
                await api.patch(f"{path}/{config.name}", {"spec": body["spec"]})
        except ApiProblem as problem:
            log.warning("lease of node %s: %s", config.name, problem)
            await asyncio.sleep(_AGAIN_SECONDS)
            continue
        await asyncio.sleep(_RENEW_SECONDS)


def _node(config: Config) -> Json:
    labels = {
        "kubernetes.io/hostname": config.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": _architecture(),
        "node.kubernetes.io/instance-type": "k3s",
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": config.name, "labels": labels}}


def _status(config: Config) -> Json:
    at = now()
    healthy = {"lastHeartbeatTime": at, "lastTransitionTime": at}
    fine = [
        {"type": kind, "status": "False", "reason": "KubeletHasEnough", **healthy}
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", **healthy}
    return {
        "addresses": [
            {"type": "InternalIP", "address": config.address},
            {"type": "Hostname", "address": config.name},
        ],
        "capacity": _ROOM,
        "allocatable": _ROOM,
        "conditions": [*fine, ready | {"message": "Pods run as processes, without containers"}],
        # What the API server may leave to us: a client's WebSocket, as it is (commands.py).
        "declaredFeatures": ["ExtendWebSocketsToKubelet"],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
        "nodeInfo": {
            "machineID": config.name,
            "systemUUID": config.name,
            "bootID": config.name,
            "kernelVersion": os.uname().release,
            "osImage": "Catalyst local cloud",
            "containerRuntimeVersion": "process://1",
            "kubeletVersion": VERSION,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": _architecture(),
        },
    }


def _lease(config: Config) -> Json:
    at = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": config.name},
        "spec": {
            "holderIdentity": config.name,
            "leaseDurationSeconds": _LEASE_SECONDS,
            "renewTime": at,
        },
    }


def _path(config: Config) -> str:
    return f"/api/v1/nodes/{config.name}"


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
