"""One UDP port of one Service: what a client sends goes to one endpoint, answers go back to it."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Callable, Sequence
from typing import Any

from infra.localcloud.machines.cluster.forwarder import Endpoint

# As long as the kernel keeps such a flow of kube-proxy's (nf_conntrack_udp_timeout).
IDLE_SECONDS = 30.0
_LARGEST = 65535


class DatagramForwarder(asyncio.DatagramProtocol):
    """`endpoints` is asked for every new client; without any, what it says is lost."""

    def __init__(self, listen: Endpoint, endpoints: Callable[[], Sequence[Endpoint]]) -> None:
        self._listen = listen
        self._endpoints = endpoints
        self._turn = itertools.count()
        self._flows: dict[Endpoint, _Flow] = {}

    async def start(self) -> None:
        """Raises OSError when the port is taken or the address is not local."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=self._listen
        )

    async def stop(self) -> None:
        self._transport.close()
        for client in list(self._flows):
            self._end(client)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        flow = self._flows.get(addr) or self._begin(addr)
        if flow is not None:
            flow.renew()
            # A refused one is as lost as any other.
            with contextlib.suppress(OSError):
                flow.socket.send(data)

    def _begin(self, client: Endpoint) -> "_Flow | None":
        endpoints = list(self._endpoints())
        if not endpoints:
            return None
        to_endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        to_endpoint.setblocking(False)
        to_endpoint.connect(endpoints[next(self._turn) % len(endpoints)])
        flow = self._flows[client] = _Flow(to_endpoint, lambda: self._end(client))
        asyncio.get_running_loop().add_reader(to_endpoint, self._answer, client, to_endpoint)
        return flow

    def _answer(self, client: Endpoint, to_endpoint: socket.socket) -> None:
        try:
            data = to_endpoint.recv(_LARGEST)
        except OSError:
            self._end(client)  # nobody there: the next one is sent to whoever is there then
        else:
            self._transport.sendto(data, client)

    def _end(self, client: Endpoint) -> None:
        if (flow := self._flows.pop(client, None)) is not None:
            flow.close()


class _Flow:
    """The socket of one client, ended by `idle` when nothing was sent for a while."""

    def __init__(self, to_endpoint: socket.socket, idle: Callable[[], None]) -> None:
        self.socket = to_endpoint
        self._idle = idle
        self._timer: asyncio.TimerHandle | None = None

    def renew(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._idle)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()
