"""Who of the readers of one stream may read it, and is still logged in. The apps' rules are asked
for many people at a time and before an answer gets old, so that a page seldom waits for them.
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
from catalyst.identity import sessions
from catalyst.identity.models import User
from catalyst.identity.oidc.streams import keep_known
from catalyst.problem import Forbidden

log = structlog.get_logger(__name__)
# An answer is not used for longer; a lost right closes the stream within this time and one look.
WORTH_SECONDS = 4.0
ROUND_SECONDS = 3.0
# People asked about in one job: pages wait in the same queue.
BATCH = 10

Reader = tuple[int, str]  # id of a person, key of the session; "": none is needed
Standing = tuple[bool, tuple[str, ...]]  # is_active, roles
NOBODY: Standing = (False, ())


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app's rule said, about whom as he stood then. `asked_at`: monotonic seconds."""

    allowed: bool
    standing: Standing
    asked_at: float


class Permits:
    """`readers` are those who read now; `on_lost` is called when one may no longer."""

    def __init__(
        self, subject: str, readers: Callable[[], Iterable[Reader]], on_lost: Callable[[], None]
    ) -> None:
        self._subject, self._readers, self._on_lost = subject, readers, on_lost
        self._answers: dict[Reader, Answer] = {}
        self._waiting: set[Reader] = set()
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, reader: Reader) -> Answer:
        """What the rule says now, together with all others who wait for it."""
        began = time.monotonic()
        self._waiting.add(reader)
        async with self._one_at_a_time:
            known = self._answers.get(reader)
            if known is None or known.asked_at < began:  # nobody took us along
                others = [other for other in self._waiting if other != reader]
                await self._ask([reader, *others[: BATCH - 1]])
            return self._answers[reader]

    async def check(self, reader: Reader, standing: Standing | None) -> None:
        """`standing` is what a look at the database showed; None: he came in after it.

        Raises Forbidden.
        """
        known = self._answers.get(reader)
        if (
            known is None
            or known.asked_at + WORTH_SECONDS < time.monotonic()
            or standing not in (None, known.standing)
        ):
            known = await self.ask(reader)
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

    async def renewals(self) -> None:
        """Show the log-ins people read by at the issuer in time, beside the rounds; ends when it is
        cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await keep_known({session for _, session in self._readers() if session})
            except DatabaseError as error:
                log.warning("log-ins cannot be looked at", error=type(error).__name__)

    def forget(self, reader: Reader) -> None:
        self._answers.pop(reader, None)

    async def _ask(self, readers: list[Reader]) -> None:
        self._waiting.difference_update(readers)
        began = time.monotonic()
        answers = await database_sync_to_async(_answers)(self._subject, readers)
        lost = False
        for reader, (allowed, standing) in answers.items():
            known = self._answers.get(reader)
            lost = lost or (known is not None and known.allowed and not allowed)
            self._answers[reader] = Answer(allowed, standing, began)
        if lost:
            self._on_lost()


def standing_of(user: User) -> Standing:
    return user.is_active, tuple(user.roles)


def _answers(subject: str, readers: Sequence[Reader]) -> dict[Reader, tuple[bool, Standing]]:
    people = User.objects.in_bulk([user_id for user_id, _ in readers])
    logged_in = sessions.open_among({session for _, session in readers if session})
    found: dict[Reader, tuple[bool, Standing]] = {}
    for reader in readers:
        user_id, session = reader
        user = people.get(user_id)
        if user is None or (session and session not in logged_in):
            found[reader] = (False, NOBODY)
        else:
            found[reader] = (may_read(user, subject), standing_of(user))
    return found
