"""Who is behind a Service: its ready endpoints, from the real controller's EndpointSlices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.localcloud.machines.cluster.api import Api, Json
from infra.localcloud.machines.cluster.mirror import Mirror

_OWNER = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`hostname` is set for Pods that have a name of their own (a StatefulSet's)."""

    address: str
    hostname: str
    ports: dict[str, int]


class Directory:
    """Services and EndpointSlices, kept up. `changed` is called after every news."""

    def __init__(self, api: Api, changed: Callable[[], None]) -> None:
        def news(key: str, item: Json | None) -> None:
            del key, item
            changed()

        slices = "/apis/discovery.k8s.io/v1/endpointslices"
        self._services = Mirror(api, "/api/v1/services", news)
        self._slices = Mirror(api, slices, news)
        self.mirrors = (self._services, self._slices)

    @property
    def services(self) -> dict[str, Json]:
        """By `namespace/name`."""
        return self._services.items

    def of(self, key: str) -> Iterator[Endpoint]:
        """Ready endpoints of the Service `namespace/name`."""
        service = self._services.items.get(key)
        if service is None:
            return
        early = service["spec"].get("publishNotReadyAddresses", False)
        namespace, _, name = key.partition("/")
        for item in self._slices.items.values():
            metadata = item["metadata"]
            labels = metadata.get("labels") or {}
            if (metadata["namespace"], labels.get(_OWNER)) != (namespace, name):
                continue
            ports = {p.get("name") or "": p["port"] for p in item.get("ports") or []}
            for endpoint in item.get("endpoints") or []:
                if early or (endpoint.get("conditions") or {}).get("ready", True):
                    for address in endpoint["addresses"]:
                        yield Endpoint(address, endpoint.get("hostname") or "", ports)
