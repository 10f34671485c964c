"""How late a live reader gets a line; what was there before the reader came does not count."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from catalyst.eventlog.reader import follow
from catalyst.eventlog.services import Line, append
from catalyst.identity.models import User
from catalyst.telemetry import shared

Person = Callable[..., User]
PATIENCE_SECONDS = 20.0


@pytest.mark.django_db(transaction=True)
def test_given_a_live_reader_when_a_line_is_written_then_its_age_is_counted_and_no_older_one(
    person: Person,
) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    reader, subject = person(email), f"test:{email}"
    append(subject, [Line("old")] * 3)

    async def read_on() -> None:
        seen = 0
        async for shared_page in follow(subject, user_id=reader.pk):
            seen += len(shared_page.page.entries)
            if seen == 4:
                return
            if shared_page.page.entries and seen == 3:
                await sync_to_async(append)(subject, [Line("new")])

    async_to_sync(asyncio.wait_for)(read_on(), PATIENCE_SECONDS)

    assert sum(shared.totals(shared.LOG_LAG).values()) == 1
