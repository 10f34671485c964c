"""uvicorn inside a program that has more to end than its servers."""

import asyncio
import contextlib
import hmac
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


class Server(uvicorn.Server):
    """Signals are the program's: uvicorn would raise them again before the rest has ended."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: Starlette, host: str, port: int, **more: Any) -> Server:
    """For one application; `more` as uvicorn.Config takes it. `begin` starts it."""
    quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "lifespan": "off"}
    settings = {**quiet, "timeout_graceful_shutdown": 1, **more}
    return Server(uvicorn.Config(app, host=host, port=port, **settings))


async def begin(server: Server) -> asyncio.Task[None]:
    """Its `serve()`, once it listens. Raises what serving raises, and OSError if it ends before."""
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            await serving
            raise OSError(f"cannot listen on {server.config.host}:{server.config.port}")
        await asyncio.sleep(0.01)
    return serving


def keyed(key: str, refusal: Callable[[], Response]) -> Callable[[Endpoint], Endpoint]:
    """Puts an endpoint behind a bearer; `refusal` makes the 401 of whoever comes without it."""
    right = f"Bearer {key}".encode()

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def check(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            return await endpoint(request) if hmac.compare_digest(given, right) else refusal()

        return check

    return guarded


def stop_on_signal(servers: Sequence[Server]) -> None:
    """SIGTERM and SIGINT end them, and so whatever waits for their `serve()`."""

    def stop() -> None:
        for each in servers:
            each.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
