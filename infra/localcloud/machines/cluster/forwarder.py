"""One port of one Service: takes connections at its address and gives each to an endpoint."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 3.0

Endpoint = tuple[str, int]


class Forwarder:
    """`endpoints` is asked for every connection; the one that refuses is passed over."""

    def __init__(self, listen: Endpoint, endpoints: Callable[[], Sequence[Endpoint]]) -> None:
        self._listen = listen
        self._endpoints = endpoints
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises OSError when the port is taken or the address is not local."""
        self._server = await asyncio.start_server(
            self._accepted, *self._listen, reuse_address=True, backlog=512
        )

    async def stop(self) -> None:
        """Close the port and every connection through it."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            streams = await self._connect()
            if streams is None:
                # As kube-proxy refuses where there is no endpoint, and not with a silent end.
                writer.transport.abort()
                return
            to_reader, to_writer = streams
            try:
                await asyncio.gather(_copy(reader, to_writer), _copy(to_reader, writer))
            finally:
                to_writer.close()
        except (OSError, asyncio.CancelledError):
            pass  # a connection that breaks concerns only its two ends
        finally:
            self._open.discard(task)
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        endpoints = list(self._endpoints())
        if not endpoints:
            return None
        at = next(self._turn) % len(endpoints)
        for host, port in endpoints[at:] + endpoints[:at]:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(host, port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, then pass the end on (half-close), so both ways end by themselves."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()
