"""Who of the readers of one stream may read it. The apps' rules are asked for many people at a
time and before an answer gets old, so that a page seldom waits for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from channels.db import database_sync_to_async
from django.db import DatabaseError

from catalyst.eventlog.services import may_read
from catalyst.identity.models import User
from catalyst.problem import Forbidden

log = structlog.get_logger(__name__)
# An answer is not used for longer; a lost right closes the stream within this time and one look.
WORTH_SECONDS = 4.0
ROUND_SECONDS = 3.0
# People asked about in one job: pages wait in the same queue.
BATCH = 10

Standing = tuple[bool, tuple[str, ...]]  # is_active, roles
NOBODY: Standing = (False, ())


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app's rule said, about whom as he stood then. `asked_at`: monotonic seconds."""

    allowed: bool
    standing: Standing
    asked_at: float


class Permits:
    """`readers` are the ids of those who read now; `on_lost` is called when one may no longer."""

    def __init__(
        self, subject: str, readers: Callable[[], Iterable[int]], on_lost: Callable[[], None]
    ) -> None:
        self._subject, self._readers, self._on_lost = subject, readers, on_lost
        self._answers: dict[int, Answer] = {}
        self._waiting: set[int] = set()
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, user_id: int) -> Answer:
        """What the rule says now, together with all others who wait for it."""
        began = time.monotonic()
        self._waiting.add(user_id)
        async with self._one_at_a_time:
            known = self._answers.get(user_id)
            if known is None or known.asked_at < began:  # nobody took us along
                others = [other for other in self._waiting if other != user_id]
                await self._ask([user_id, *others[: BATCH - 1]])
            return self._answers[user_id]

    async def check(self, user_id: int, standing: Standing | None) -> None:
        """`standing` is what a look at the database showed; None: he came in after it.

        Raises Forbidden.
        """
        known = self._answers.get(user_id)
        if (
            known is None
            or known.asked_at + WORTH_SECONDS < time.monotonic()
            or standing not in (None, known.standing)
        ):
            known = await self.ask(user_id)
        if not known.allowed:
            raise Forbidden("You may no longer read this log.")

    async def rounds(self) -> None:
        """Ask about everybody again and again; ends when it is cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            here = list(self._readers())
            for start in range(0, len(here), BATCH):
                try:
                    async with self._one_at_a_time:
                        await self._ask(here[start : start + BATCH])
                except DatabaseError as error:  # readers ask for themselves when answers are old
                    log.warning("rights cannot be looked at", error=type(error).__name__)
                    break

    def forget(self, user_id: int) -> None:
        self._answers.pop(user_id, None)

    async def _ask(self, user_ids: list[int]) -> None:
        self._waiting.difference_update(user_ids)
        began = time.monotonic()
        answers = await database_sync_to_async(_answers)(self._subject, user_ids)
        lost = False
        for user_id, (allowed, standing) in answers.items():
            known = self._answers.get(user_id)
            lost = lost or (known is not None and known.allowed and not allowed)
            self._answers[user_id] = Answer(allowed, standing, began)
        if lost:
            self._on_lost()


def standing_of(user: User) -> Standing:
    return user.is_active, tuple(user.roles)


def _answers(subject: str, user_ids: Sequence[int]) -> dict[int, tuple[bool, Standing]]:
    people = User.objects.in_bulk(user_ids)
    return {
        user_id: (may_read(user, subject), standing_of(user))
        if (user := people.get(user_id))
        else (False, NOBODY)
        for user_id in user_ids
    }
