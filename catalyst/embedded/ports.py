"""Free loopback ports for control services.

Chosen below the kernel's ephemeral range (32768 and up on Linux, ip(7)), so that no outgoing
connection of another program can sit on a port between two starts of the stack.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Collection

FIRST, LAST = 20_000, 29_999


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `host:port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose_port(*, preferred: int | None = None, avoid: Collection[int] = ()) -> int:
    """`preferred` when it is free, else a random free port. Raises `OSError` when none is left."""
    if preferred is not None and preferred not in avoid and is_free(preferred):
        return preferred
    for port in random.sample(range(FIRST, LAST + 1), 500):
        if port not in avoid and is_free(port):
            return port
    raise OSError("no free loopback port found")
