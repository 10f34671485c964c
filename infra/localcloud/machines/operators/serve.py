"""Runs an operator in its Pod, with the Pod's account, until SIGTERM."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import Protocol

from infra.localcloud.machines.cluster.api import Api


class Runs(Protocol):
    async def run(self) -> None: ...


def serve(make: Callable[[Api], Runs]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_serve(make))


async def _serve(make: Callable[[Api], Runs]) -> None:
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel)
    async with Api(None) as api:
        await make(api).run()
