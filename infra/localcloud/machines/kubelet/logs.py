"""What containers said, for `kubectl logs`."""

import asyncio
import contextlib
import stat
import sys
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from infra.localcloud.machines.kubelet import times
from infra.localcloud.machines.kubelet.config import Config

_CHUNK = 64 * 1024
_LOOK_AGAIN_SECONDS = 0.2


class Logs:
    def __init__(self, config: Config) -> None:
        self._config = config

    async def answer(self, request: Request) -> Response:
        """Query as the API server passes it on.

        `follow`, `previous`, `tailLines`, `limitBytes`, `sinceTime` (RFC 3339, whole seconds).
        """
        asked = request.path_params
        query = request.query_params
        runs = self._runs(asked["namespace"], asked["pod"], asked["container"])
        if query.get("previous") == "true":
            runs = runs[:-1]
        if not runs:
            words = f"nothing was said by {asked['container']}: no process, or not started yet\n"
            return PlainTextResponse(words, status_code=404)
        log, begin = runs[-1], 0
        if query.get("tailLines"):
            begin = _tail(log, int(query["tailLines"]))
        if query.get("sinceTime"):
            since = datetime.fromisoformat(query["sinceTime"])
            begin = max(begin, times.begin(log, since.timestamp()))
        limit = int(query.get("limitBytes") or sys.maxsize)
        said = _said(log, begin, limit, follow=query.get("follow") == "true")
        return StreamingResponse(said, media_type="text/plain")

    def _runs(self, namespace: str, pod: str, container: str) -> list[Path]:
        """Logs of its runs, the newest last. Names of Kubernetes hold no slash and no star."""
        folders = self._config.logs.glob(f"{namespace}_{pod}_*/{container}")
        found = [file for folder in folders for file in folder.glob("*.log")]
        return sorted(found, key=lambda file: file.stat().st_mtime_ns)


def write(log: Path, words: str) -> None:
    """The whole log of a container that has no process to say anything."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.write_text(f"{words}\n")
    log.chmod(0o400)


def close(log: Path) -> None:
    """Nothing more will be said: a log that may no longer be written is a whole one."""
    with contextlib.suppress(FileNotFoundError):
        log.chmod(0o400)


def last_words(log: Path) -> str:
    """Its last 80 lines, at most 2048 bytes (Kubernetes, "Termination messages")."""
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(_tail(log, 80), log.stat().st_size - 2048))
        return file.read().decode(errors="replace").strip()
    return ""


def is_closed(log: Path) -> bool:
    return not log.exists() or not log.stat().st_mode & stat.S_IWUSR


def _tail(log: Path, lines: int) -> int:
    """Where its last lines begin."""
    with log.open("rb") as file:
        last = deque(file, maxlen=lines)
        return file.tell() - sum(len(line) for line in last)


async def _said(log: Path, begin: int, limit: int, *, follow: bool) -> AsyncIterator[bytes]:
    """From the byte `begin`, no more than `limit` of them."""
    with log.open("rb") as file:
        file.seek(begin)
        while limit:
            chunk = file.read(min(_CHUNK, limit))
            if chunk:
                limit -= len(chunk)
                yield chunk
            elif not follow or is_closed(log):
                return
            else:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
