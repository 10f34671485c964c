"""Open WebSockets are counted over all processes and forgotten when a process is gone."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import redis
from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from catalyst.telemetry import readers

PATIENCE_SECONDS = 10.0


async def until(number: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (seen := await sync_to_async(readers.open_now)()) != number:
        assert time.monotonic() < deadline, f"{seen} instead of {number}"
        await asyncio.sleep(0.02)


async def test_given_sockets_opened_and_closed_when_asked_then_those_open_now() -> None:
    closing = asyncio.Event()

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await closing.wait()

    counted = readers.Counted(socket)
    opened = [asyncio.create_task(counted({}, None, None)) for _ in range(3)]
    await until(3)
    closing.set()
    await asyncio.gather(*opened)

    await until(0)


def test_given_a_process_gone_when_asked_then_its_number_has_run_out(
    settings: Settings, own_prefix: str
) -> None:
    long_ago = time.time() - 2 * readers.WORTH_SECONDS
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        client.hset(f"{own_prefix}:telemetry:websockets", "dead:1", f"7 {long_ago:.0f}")
        client.hset(f"{own_prefix}:telemetry:websockets", "alive:2", f"2 {time.time():.0f}")

    assert readers.open_now() == 2
