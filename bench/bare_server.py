"""What the live log is compared with: Daphne saying the same lines to whoever connects, without
log-in, rights, rows or wake-ups: `python -m bench.bare_server PORT`.

Subject `live`: the lines of the measurement in time, once all viewers have come; any other: a long
log after the viewer's seq at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from daphne.cli import CommandLineInterface

from bench.log import LONG, STEP, TICK, TOTAL, VIEWERS, texts

PAGE = 2_000
viewers: list[Any] = []
feeding: set[asyncio.Task[None]] = set()


def page(after: int, lines: list[str]) -> dict[str, str]:
    """A message like the log's own."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    fixed = {"at": now, "level": "info", "phase": "tofu-apply", "source": "tofu", "data": {}}
    entries = [{"seq": after + n, "text": text, **fixed} for n, text in enumerate(lines, 1)]
    last = {"last_seq": after + len(lines), "chain": "0" * 64, "finished": False}
    return {"type": "websocket.send", "text": json.dumps({"entries": entries, **last})}


async def feed() -> None:
    began, lines = time.monotonic(), texts(TOTAL)
    for number, start in enumerate(range(0, TOTAL, STEP)):
        message = page(1 + start, lines[start : start + STEP])
        for send in viewers:
            await send(message)
        await asyncio.sleep(max(0.0, began + (number + 1) * TICK - time.monotonic()))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    after = json.loads((await receive())["text"])["after"]
    if scope["path"].endswith("/live"):
        viewers.append(send)
        await send(page(0, ["the first line"]))
        if len(viewers) == VIEWERS:
            feeding.add(asyncio.create_task(feed()))
    else:
        for start in range(after, LONG, PAGE):
            await send(page(start, texts(PAGE)))
            await asyncio.sleep(0)
    while (await receive())["type"] != "websocket.disconnect":
        pass


if __name__ == "__main__":
    where = ["--bind", "127.0.0.1", "--port", sys.argv[1], "--verbosity", "0"]
    CommandLineInterface().run([*where, "bench.bare_server:application"])
