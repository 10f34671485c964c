"""kube-proxy: a forwarder for every port of every Service, at ClusterIP and node port."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from infra.localcloud.machines.cluster.datagrams import DatagramForwarder
from infra.localcloud.machines.cluster.endpoints import Directory
from infra.localcloud.machines.cluster.forwarder import Forwarder

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 1.0
_FORWARDERS: dict[str, type[Forwarder] | type[DatagramForwarder]] = {
    "TCP": Forwarder,
    "UDP": DatagramForwarder,
}
# Protocol, address, port.
Listen = tuple[str, str, int]
# A port of a Service: its key and the port's name.
Port = tuple[str, str]


class ServiceProxy:
    """`node_address`: where node ports are. `spared`: ClusterIPs that others serve themselves."""

    def __init__(self, directory: Directory, node_address: str, spared: Sequence[str]) -> None:
        self._directory = directory
        self._node_address = node_address
        self._spared = set(spared)
        self._forwarders: dict[Listen, tuple[Port, Forwarder | DatagramForwarder]] = {}

    async def run(self, news: asyncio.Event) -> None:
        """Match the forwarders to the Services whenever there is news, for ever."""
        try:
            while True:
                news.clear()
                if await self._match():
                    await news.wait()
                else:
                    await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            for _, forwarder in self._forwarders.values():
                await forwarder.stop()

    async def _match(self) -> bool:
        """Whether everything listens that should."""
        wanted = self._wanted()
        for listen in [at for at, (port, _) in self._forwarders.items() if wanted.get(at) != port]:
            _, forwarder = self._forwarders.pop(listen)
            await forwarder.stop()
        complete = True
        for listen in wanted.keys() - self._forwarders.keys():
            port = wanted[listen]
            protocol, address, number = listen
            forwarder = _FORWARDERS[protocol]((address, number), partial(self._behind, port))
            try:
                await forwarder.start()
            except OSError as error:
                log.error("%s of %s cannot listen: %s", listen, port[0], error)
                complete = False
                continue
            self._forwarders[listen] = port, forwarder
        return complete

    def _wanted(self) -> dict[Listen, Port]:
        result: dict[Listen, Port] = {}
        for key, service in self._directory.services.items():
            spec = service["spec"]
            address = spec.get("clusterIP") or "None"
            for port in spec.get("ports") or []:
                protocol = port.get("protocol", "TCP")
                if protocol not in _FORWARDERS:
                    continue
                name = key, port.get("name") or ""
                if address != "None" and address not in self._spared:
                    result[protocol, address, port["port"]] = name
                if node_port := port.get("nodePort"):
                    result[protocol, self._node_address, node_port] = name
        return result

    def _behind(self, port: Port) -> list[tuple[str, int]]:
        key, name = port
        return [
            (endpoint.address, endpoint.ports[name])
            for endpoint in self._directory.of(key)
            if name in endpoint.ports
        ]
