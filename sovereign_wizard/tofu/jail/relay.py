"""`python relay.py FD|HOST|PORT …`: what is accepted at FD is carried to HOST:PORT, both ways.

The only way out of tofu's network. It knows no secret and no protocol: TLS goes through unopened.
Standard library only; ends when it is killed, which the supervisor and the kernel see to.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress

CHUNK = 1 << 16
CONNECT_SECONDS = 10.0


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


async def _carry(
    host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            there, back = await asyncio.open_connection(host, port)
    except OSError:  # TimeoutError is one
        writer.transport.abort()  # as if nobody listened
        return
    try:
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
    finally:
        back.close()
        writer.close()


async def _serve(doors: list[str]) -> None:
    servers = []
    for door in doors:
        descriptor, host, port = door.split("|")

        async def carry(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            host: str = host,
            port: int = int(port),
        ) -> None:
            await _carry(host, port, reader, writer)

        listening = socket.socket(fileno=int(descriptor))
        listening.setblocking(False)
        servers.append(await asyncio.start_server(carry, sock=listening))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
