"""WebSocket reader: `{after: seq}` in, pages of entries out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from catalyst.eventlog.reader import follow
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed, names
from catalyst.problem import Problem

NOT_LOGGED_IN, NOT_ALLOWED = 4401, 4403
MOST = 2**63 - 1


@names("log.read")
class LogConsumer(AsyncJsonWebsocketConsumer):
    """Follows one stream. The client sends `{"after": n}` first, and again to start anew."""

    predicate: str
    _task: asyncio.Task[None] | None = None
    _user_id: int | None = None

    async def connect(self) -> None:
        await self.accept()
        user: object = self.scope["user"]
        if not isinstance(user, User) or not allowed(user, self.predicate):
            await self.close(NOT_LOGGED_IN)
            return
        self._user_id = user.pk

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """What is no JSON is answered like any other message we cannot use."""
        try:
            return json.loads(text_data)
        except ValueError:
            return None

    async def receive_json(self, content: Any, **_: Any) -> None:
        if self._user_id is None:
            return
        after = content.get("after") if isinstance(content, dict) else None
        if type(after) is not int or not 0 <= after <= MOST:
            await self.send_json({"error": 'send {"after": <seq ≥ 0>}'})
            return
        self._stop()
        self._task = asyncio.create_task(self._pump(after))

    async def _pump(self, after: int) -> None:
        subject = self.scope["url_route"]["kwargs"]["subject"]
        assert self._user_id is not None
        try:
            session = self.scope["session"].session_key
            async for shared in follow(
                subject, user_id=self._user_id, session=session, after=after
            ):
                await self.send(text_data=shared.message)
        except Problem:
            await self.close(NOT_ALLOWED)

    async def disconnect(self, code: int) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._task:
            self._task.cancel()
            self._task = None
