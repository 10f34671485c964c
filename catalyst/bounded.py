"""Reading what a server of others answers: never more than it may say, nor for longer."""

from __future__ import annotations

import time

import httpx


class TooLong(Exception):
    """More bytes than the answer may have."""


class TooSlow(Exception):
    """It goes on answering, a little at a time."""


def body(answer: httpx.Response, *, most: int, seconds: float | None = None) -> bytes:
    """All of a streamed answer, of at most `most` bytes, read within `seconds` where given.

    Raises TooLong, TooSlow, httpx.HTTPError.
    """
    began, found = time.monotonic(), bytearray()
    for part in answer.iter_bytes():
        found += part
        if len(found) > most:
            raise TooLong(f"more than {most} bytes")
        if seconds is not None and time.monotonic() > began + seconds:
            raise TooSlow(f"not within {seconds:.0f} s")
    return bytes(found)
