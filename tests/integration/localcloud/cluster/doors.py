"""Ports of this computer's loopback where Pods can reach them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from infra.localcloud.machines.cluster.forwarder import Endpoint, Forwarder


@contextmanager
def doors(*pairs: tuple[Endpoint, Endpoint]) -> Iterator[None]:
    """What comes to the first of a pair goes on to the second."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = [Forwarder(listen, lambda to=to: [to]) for listen, to in pairs]  # type: ignore[misc]
    for each in opened:
        asyncio.run_coroutine_threadsafe(each.start(), loop).result(10)
    try:
        yield
    finally:
        for each in opened:
            asyncio.run_coroutine_threadsafe(each.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
