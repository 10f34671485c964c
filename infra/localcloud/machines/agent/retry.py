"""Tries until it works: growing pauses with jitter, said on the console, for ever."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from infra.localcloud.machines.agent.console import say

Result = TypeVar("Result")
_FIRST, _LONGEST = 0.5, 15.0


def forever(what: str, attempt: Callable[[], Result]) -> Result:
    """The result of the first attempt that raises nothing.

    Only the kind of a failure is said, with its text where we wrote it ourselves (`Failed`): a
    library's message may quote a URL or a header.
    """
    pause = _FIRST
    while True:
        try:
            return attempt()
        except Exception as error:  # noqa: BLE001  (whatever it was, it is tried again)
            reason = str(error) if isinstance(error, Failed) else type(error).__name__
            say(f"{what}: {reason}; again in about {pause:.1f} s")
        time.sleep(pause * random.uniform(0.7, 1.3))
        pause = min(pause * 1.7, _LONGEST)


class Failed(Exception):
    """An attempt that failed; the message is ours and free of secrets."""
