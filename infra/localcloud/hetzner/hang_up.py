"""Ends a connection without an answer, which ASGI has no word for.

The server's protocol leaves a way to do it in the scope; the response below uses it.
"""

import asyncio
from typing import cast

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.h11_impl import H11Protocol

_EXTENSION = "localcloud.hang_up"


class HangingUpProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with `scope["extensions"]["localcloud.hang_up"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = cast("ASGIApp", self.app)

        async def with_hang_up(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_EXTENSION] = transport.close
            await app(scope, receive, send)

        # Starlette and uvicorn have a type each for the same thing.
        self.app = cast("ASGI3Application", with_hang_up)


class NoAnswer(Response):
    """The client sees the connection close."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"][_EXTENSION]()
        # The server would answer 500 for us if we returned before it has noticed.
        while (await receive())["type"] != "http.disconnect":
            pass
