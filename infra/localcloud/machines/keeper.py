"""Makes the running machines match the desired ones: one follower per machine, level-triggered.

Slow things (a machine that takes its time to stop) hold up only their own follower.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from infra.localcloud.machines.boot import Boot, Machine, MachineStatus

log = logging.getLogger(__name__)
_AGAIN_SECONDS = 3.0


class MachineKeeper:
    """Call `apply` with the whole truth whenever it may have changed."""

    def __init__(self, boot: Boot) -> None:
        self._boot = boot
        self._desired: Mapping[int, Machine] = {}
        self._followers: dict[int, asyncio.Task[None]] = {}
        self._news: dict[int, asyncio.Event] = {}

    def apply(self, desired: Mapping[int, Machine]) -> None:
        self._desired = desired
        for identifier in {*desired, *self._boot.known(), *self._followers}:
            follower = self._followers.get(identifier)
            if follower is None or follower.done():
                self._news[identifier] = asyncio.Event()
                self._followers[identifier] = asyncio.create_task(self._follow(identifier))
            self._news[identifier].set()

    def status(self, machine_id: int) -> MachineStatus:
        return self._boot.status(machine_id)

    async def _follow(self, identifier: int) -> None:
        running: Machine | None = None
        while True:
            self._news[identifier].clear()
            wanted = self._desired.get(identifier)
            try:
                if running is not None and not _same_run(running, wanted):
                    await self._boot.stop(identifier)
                    running = None
                if wanted is None:
                    await self._boot.erase(identifier)
                    return
                if wanted.powered and running is None:
                    await self._boot.start(wanted)
                    running = wanted
            except Exception:
                log.exception("machine %s is not as it should be; trying again", identifier)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news[identifier].wait(), _AGAIN_SECONDS)
                continue
            await self._news[identifier].wait()

    async def close(self) -> None:
        """Turn every machine off; their disks stay."""
        for follower in self._followers.values():
            follower.cancel()
        await asyncio.gather(*self._followers.values(), return_exceptions=True)
        await asyncio.gather(*(self._boot.stop(identifier) for identifier in self._followers))


def _same_run(running: Machine, wanted: Machine | None) -> bool:
    if wanted is None or not wanted.powered:
        return False
    return (wanted.boots, wanted.disk, wanted.address) == (
        running.boots,
        running.disk,
        running.address,
    )
