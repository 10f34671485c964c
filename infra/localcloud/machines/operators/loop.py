"""What has news is looked at, one at a time, and again a little later when that did not work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from infra.localcloud.machines.cluster.api import MERGE, NOT_FOUND, Api, ApiProblem, Json

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0


class Later(Exception):
    """Something it needs is not there yet; the message says what."""


class Loop:
    """`look(key)` makes the world match what the key names; it is safe to call at any time."""

    def __init__(self, look: Callable[[str], Awaitable[None]]) -> None:
        self._look = look
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()

    def soon(self, key: str) -> None:
        self._waiting[key] = None
        self._news.set()

    async def run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                key = next(iter(self._waiting))
                del self._waiting[key]
                await self._once(key)

    async def _once(self, key: str) -> None:
        try:
            await self._look(key)
        except Later as reason:
            log.info("%s: %s", key, reason)
        except ApiProblem as problem:
            log.warning("%s: %s", key, problem)
        else:
            return
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.soon, key)


async def find(api: Api, path: str) -> Json | None:
    """Raises ApiProblem."""
    try:
        return await api.get(path)
    except ApiProblem as problem:
        if problem.status == NOT_FOUND:
            return None
        raise


def condition(kind: str, good: bool, reason: str, message: str, old: Json | None) -> Json:
    """As Kubernetes keeps them: the time is that of the last change of `status`."""
    status = "True" if good else "False"
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for each in (old or {}).get("conditions") or []:
        if each["type"] == kind and each["status"] == status:
            since = each["lastTransitionTime"]
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": since,
    }


def holds(item: Json, kind: str) -> bool:
    """Whether the object says of itself that this condition is so."""
    conditions = (item.get("status") or {}).get("conditions") or []
    return any((each["type"], each["status"]) == (kind, "True") for each in conditions)


async def tell(api: Api, path: str, old: Json, status: Json) -> bool:
    """Put these fields into the status of the object at `path`; whether that was news.

    `old`: its status as it is. Raises ApiProblem.
    """
    if status == {name: old.get(name) for name in status}:
        return False
    await api.patch(f"{path}/status", {"status": status}, kind=MERGE)
    return True
