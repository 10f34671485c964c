"""What every k3s has from the start: storage class, Service of its DNS."""

import asyncio
import logging

from infra.localcloud.machines.cluster.api import Api, ApiProblem, Json
from infra.localcloud.machines.cluster.claims import CLASS, PROVISIONER
from infra.localcloud.machines.cluster.config import Config

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 0.5


async def have(api: Api, config: Config) -> None:
    """Make them, once each."""
    await insist(api, "/apis/storage.k8s.io/v1/storageclasses", _STORAGE_CLASS)
    await insist(api, "/api/v1/namespaces/kube-system/services", _dns_service(str(config.names)))


async def insist(api: Api, path: str, body: Json) -> None:
    """Have the object: asked for again until the API has taken it, or had it already."""
    while True:
        try:
            await api.have(path, body)
        except ApiProblem as problem:
            log.info("%s: %s", path, problem)
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return


_STORAGE_CLASS: Json = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {
        "name": CLASS,
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
    },
    "provisioner": PROVISIONER,
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def _dns_service(address: str) -> Json:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}]
    ports += [{"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"clusterIP": address, "ports": ports},
    }
