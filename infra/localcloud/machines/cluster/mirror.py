"""A copy of one kind of object, kept up by list and watch (what client-go calls an informer)."""

import asyncio
import logging
from collections.abc import Callable

from infra.localcloud.machines.cluster.api import Api, ApiProblem, Json

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
TOO_OLD = 410

Changed = Callable[[str, Json | None], None]


def key_of(item: Json) -> str:
    """`namespace/name`, or `/name` for what has no namespace."""
    metadata = item["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"


class Mirror:
    """`items` by key. `changed(key, item)` is called for every news, with None when it is gone.

    After a break nothing is forgotten that is still there, and nothing is kept that is gone.
    """

    def __init__(self, api: Api, path: str, changed: Changed, **query: str) -> None:
        self.items: dict[str, Json] = {}
        self.synced = asyncio.Event()
        self._api = api
        self._path = path
        self._changed = changed
        self._query = query

    async def run(self) -> None:
        """Follow for ever."""
        pause, since = FIRST_PAUSE, ""
        while True:
            try:
                since = since or await self._list()
                async for event in self._api.watch(self._path, since=since, **self._query):
                    since = event["object"]["metadata"]["resourceVersion"]
                    self._take(event)
                    pause = FIRST_PAUSE
            except ApiProblem as problem:
                if problem.status:
                    since = ""
                if problem.status != TOO_OLD:
                    log.warning("%s: %s", self._path, problem)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _list(self) -> str:
        answer = await self._api.get(self._path, **self._query)
        # Items of a list do not say what kind they are.
        listed = {key_of(item): item for item in answer.get("items") or []}
        for key in self.items.keys() - listed.keys():
            del self.items[key]
            self._changed(key, None)
        for key, item in listed.items():
            self.items[key] = item
            self._changed(key, item)
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    def _take(self, event: Json) -> None:
        item = event["object"]
        if event["type"] == "BOOKMARK":
            return
        key = key_of(item)
        if event["type"] == "DELETED":
            self.items.pop(key, None)
            self._changed(key, None)
        else:
            self.items[key] = item
            self._changed(key, item)
