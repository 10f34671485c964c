"""Runs one thing many times at the same moment, each time on a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def at_once(count: int, call: Callable[[int], Answer]) -> list[Answer | Exception]:
    """`call(0) … call(count - 1)` from `count` threads that start together.

    Returns what each returned or raised, in order of the number.
    """
    barrier = Barrier(count)

    def one(number: int) -> Answer | Exception:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return call(number)
        except Exception as error:  # noqa: BLE001 - what was raised is what the test asks about
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(one, range(count)))
