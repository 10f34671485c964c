"""Runs one of our own functions in a process of its own, on the database of the test.

`python -m tests.fault.dns.child DATABASE reserve|work …` writes `ready`, waits for a line on its
standard input, and starts. It exists because a kill and a race need real processes.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django
from django.conf import settings


def reserve(label: str, first: int, count: int) -> None:
    """Reserve one name `count` times at once, each for another owner; prints what each got."""
    from dns.pools import services
    from tests.integration.catalyst.racing import at_once

    def one(number: int) -> str:
        return str(
            services.reserve(
                pool="omani.works",
                label=label,
                owner=f"deployment:{first + number}",
                actor="test",
                idempotency_key="1",
            ).allocation_id
        )

    answers = at_once(count, one)
    print(json.dumps([a if isinstance(a, str) else type(a).__name__ for a in answers]), flush=True)


def work() -> None:
    """Look after names until killed."""
    from dns import tasks

    while True:
        tasks.look()


if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    import_module("dns.tasks")
    print("ready", flush=True)
    sys.stdin.readline()
    if sys.argv[2] == "work":
        work()
    reserve(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
