"""An answer waits while its reader is not reading, instead of piling up in this process.

Daphne hands every message to Twisted's transport at once, which buffers without bound; as a push
producer (twisted.internet.interfaces.IPushProducer) we are told when the buffer is full and when
there is room again. Under a server that waits by itself it does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


class Valve:
    """Open while the transport takes more. The transport calls the three methods."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's names
        self.open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.open.set()


class Backpressure:
    """ASGI middleware around the whole application."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        # Daphne's `send` is `partial(handle_reply, protocol)`.
        protocol: Any = next(iter(getattr(send, "args", ())), None)
        transport: Any = getattr(protocol, "transport", None)
        if scope["type"] not in ("http", "websocket") or transport is None:
            await self._application(scope, receive, send)
            return
        valve = Valve()
        # A WebSocket took its transport over from an HTTP connection, which still listens there.
        target: Any = protocol if scope["type"] == "http" else transport
        registered = False

        async def wait_and_send(message: Message) -> None:
            nonlocal registered
            streams = message.get("more_body") or message["type"] == "websocket.send"
            if streams and not registered:
                registered = True
                if target is transport:
                    target.unregisterProducer()
                target.registerProducer(valve, True)
            elif registered and message["type"] == "http.response.body" and not streams:
                registered = False
                target.unregisterProducer()
            await send(message)
            if registered:
                await valve.open.wait()

        await self._application(scope, receive, wait_and_send)
