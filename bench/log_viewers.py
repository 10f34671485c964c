"""Many WebSocket viewers of one log in one process: `python -m bench.log_viewers`.

Reads one JSON order from standard input, says `ready` when every viewer has its first page, and at
the end prints one JSON object with the age of every line at every viewer, in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from websockets.asyncio.client import connect


@dataclass(frozen=True, slots=True)
class Order:
    """Who looks at what: one viewer a cookie, from `after` to `until`."""

    url: str
    origin: str
    cookies: list[str]
    after: int
    until: int


@dataclass(slots=True)
class Seen:
    """What one viewer got. `complete`: every seq once and in order."""

    ages_ms: list[float]
    complete: bool
    first_page_seconds: float
    all_seconds: float


@lru_cache(maxsize=64)
def lines_of(message: str) -> list[tuple[int, float]]:
    """Seq and Unix time of each entry. All viewers get the same pages; each viewer's own machine
    would parse its own, so the few that we have do it once for all."""
    return [
        (entry["seq"], datetime.fromisoformat(entry["at"]).timestamp())
        for entry in json.loads(message)["entries"]
    ]


ARRIVING = 8  # at a time; Daphne gives a handshake five seconds


async def view(
    order: Order, cookie: str, arriving: asyncio.Semaphore, ready: asyncio.Semaphore
) -> Seen:
    options = {"origin": order.origin, "additional_headers": {"Cookie": cookie}}
    await arriving.acquire()
    async with connect(
        order.url, max_size=None, compression=None, proxy=None, open_timeout=120, **options
    ) as socket:
        arriving.release()
        began, first, last = time.monotonic(), 0.0, order.after
        seen = Seen([], True, 0.0, 0.0)
        await socket.send(json.dumps({"after": order.after}))
        async for message in socket:
            now = time.time()
            if not first:
                first = time.monotonic() - began
                ready.release()
            for seq, at in lines_of(str(message)):
                seen.complete &= seq == last + 1
                last = seq
                seen.ages_ms.append((now - at) * 1000)
            if last >= order.until:
                break
        seen.complete &= last == order.until
        seen.first_page_seconds, seen.all_seconds = first, time.monotonic() - began
        return seen


async def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    arriving, ready = asyncio.Semaphore(ARRIVING), asyncio.Semaphore(0)
    viewers = [
        asyncio.create_task(view(order, cookie, arriving, ready)) for cookie in order.cookies
    ]
    for _ in viewers:
        await ready.acquire()
    print("ready", flush=True)
    found: Sequence[Seen] = await asyncio.gather(*viewers)
    print(json.dumps([asdict(seen) for seen in found]))


if __name__ == "__main__":
    asyncio.run(main())
