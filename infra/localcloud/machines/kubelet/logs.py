"""The kubelet's own port: what containers said, for `kubectl logs`.

Only holders of a client certificate of the cluster may ask: the API server, no Pod.
"""

import asyncio
import contextlib
import ssl
import stat
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.localcloud.machines.control_plane.spec import KUBELET_PORT
from infra.localcloud.machines.kubelet.config import Config

_CHUNK = 64 * 1024
_LOOK_AGAIN_SECONDS = 0.2


class _Server(uvicorn.Server):
    """Signals are the program's business."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


async def serve(config: Config) -> None:
    """Answer until cancelled, over TLS, to holders of a client certificate of the cluster."""
    route = "/containerLogs/{namespace}/{pod}/{container}"
    app = Starlette(routes=[Route(route, _Logs(config).answer)])
    server = _Server(
        uvicorn.Config(
            app,
            host=config.address,
            port=KUBELET_PORT,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            ssl_certfile=config.certificate,
            ssl_keyfile=str(config.key),
            ssl_ca_certs=str(config.client_ca),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
    )
    await server.serve()


class _Logs:
    def __init__(self, config: Config) -> None:
        self._config = config

    async def answer(self, request: Request) -> Response:
        """Query as the API server passes it on: `follow`, `tailLines`, `previous`."""
        asked = request.path_params
        query = request.query_params
        runs = self._runs(asked["namespace"], asked["pod"], asked["container"])
        if query.get("previous") == "true":
            runs = runs[:-1]
        if not runs:
            words = f"nothing was said by {asked['container']}: no process, or not started yet\n"
            return PlainTextResponse(words, status_code=404)
        tail = int(query["tailLines"]) if query.get("tailLines") else None
        follow = query.get("follow") == "true"
        return StreamingResponse(_said(runs[-1], tail, follow), media_type="text/plain")

    def _runs(self, namespace: str, pod: str, container: str) -> list[Path]:
        """Logs of its runs, the newest last. Names of Kubernetes hold no slash and no star."""
        folders = self._config.logs.glob(f"{namespace}_{pod}_*/{container}")
        found = [file for folder in folders for file in folder.glob("*.log")]
        return sorted(found, key=lambda file: file.stat().st_mtime_ns)


def close(log: Path) -> None:
    """Nothing more will be said: a log that may no longer be written is a whole one."""
    with contextlib.suppress(FileNotFoundError):
        log.chmod(0o400)


def is_closed(log: Path) -> bool:
    return not log.exists() or not log.stat().st_mode & stat.S_IWUSR


async def _said(log: Path, tail: int | None, follow: bool) -> AsyncIterator[bytes]:
    with log.open("rb") as file:
        if tail is not None:
            for line in deque(file, maxlen=tail):
                yield line
        while True:
            chunk = file.read(_CHUNK)
            if chunk:
                yield chunk
            elif not follow or is_closed(log):
                return
            else:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
