"""One listen port of one load balancer: accepts, chooses a target, copies bytes both ways.

Only targets that are not known to be unhealthy are chosen; when a chosen one refuses the connection
the next one is tried. With no target left the client's connection is closed, as the vendor does.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from infra.localcloud.balancers.health import UNHEALTHY
from infra.localcloud.balancers.plan import Backend, BalancerPlan, ServicePlan
from infra.localcloud.balancers.tls import context_for

log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 5.0

HealthOf = Callable[[int, str, int], str]


class Forwarder:
    """Serves one service; `plan` and `service` may be replaced at any time."""

    def __init__(self, plan: BalancerPlan, service: ServicePlan, health_of: HealthOf) -> None:
        self.plan = plan
        self.service = service
        self._health_of = health_of
        self._server: asyncio.Server | None = None
        self._turn = 0
        self._open: dict[Backend, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError when the address and port cannot be bound or a certificate not be used."""
        certificates = self.service.certificates
        self._server = await asyncio.start_server(
            self._accepted,
            self.plan.address,
            self.service.listen_port,
            reuse_address=True,
            ssl=context_for(certificates) if certificates else None,
        )

    async def stop(self) -> None:
        """Close the port and every connection through it."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # a connection that breaks concerns only its two ends
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen = await self._connect()
        if chosen is None:
            return
        backend, to_reader, to_writer = chosen
        self._open[backend] = self._open.get(backend, 0) + 1
        try:
            if self.service.proxy_protocol:
                to_writer.write(_proxy_line(writer))
            await asyncio.gather(_copy(reader, to_writer), _copy(to_reader, writer))
        finally:
            self._open[backend] -= 1
            to_writer.close()

    async def _connect(
        self,
    ) -> tuple[Backend, asyncio.StreamReader, asyncio.StreamWriter] | None:
        for backend in self._candidates():
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    streams = await asyncio.open_connection(
                        backend.address, self.service.destination_port
                    )
                return backend, *streams
        return None

    def _candidates(self) -> list[Backend]:
        """Targets in the order they should be tried."""
        usable = [
            backend
            for backend in self.plan.backends
            if self._health_of(self.plan.id, backend.address, self.service.listen_port) != UNHEALTHY
        ]
        if not usable:
            return []
        self._turn += 1
        at = self._turn % len(usable)
        turned = usable[at:] + usable[:at]
        if self.plan.algorithm == "least_connections":
            turned.sort(key=lambda backend: self._open.get(backend, 0))
        return turned


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, then pass the end on (half-close), so both ways end by themselves."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()  # TLS knows no half-close: the end of one way is the end of both


def _proxy_line(client: asyncio.StreamWriter) -> bytes:
    """PROXY protocol version 1 (haproxy's proxy-protocol.txt, section 2.1)."""
    source, destination = client.get_extra_info("peername"), client.get_extra_info("sockname")
    return f"PROXY TCP4 {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()
