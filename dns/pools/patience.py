"""A handler may wait a short while for the worker it has woken; rows tell how it goes."""

from __future__ import annotations

import time
import uuid

from dns.pools.selectors import status
from dns.pools.values import AllocationStatus

LONGEST_SECONDS = 20.0
_FIRST_LOOK, _LAST_LOOK = 0.05, 0.4


def wait_settled(*, allocation_id: uuid.UUID, seconds: float) -> AllocationStatus:
    """How the allocation is once the name servers are as asked, an attempt failed, or time is up.

    Asks again in growing steps, so that a quick worker is seen at once and a slow one costs little.
    Must not be called inside a transaction that the worker cannot see.
    """
    end = time.monotonic() + min(seconds, LONGEST_SECONDS)
    pause = _FIRST_LOOK
    while True:
        now = status(allocation_id=allocation_id)
        if now.settled or now.last_error or time.monotonic() + pause > end:
            return now
        time.sleep(pause)
        pause = min(pause * 1.5, _LAST_LOOK)
