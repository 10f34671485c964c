"""Runs one of our own functions in a process of its own, on the database of the test.

`python -m tests.fault.dns.child DATABASE reserve|work|each …` writes `ready`, waits for a line on
its standard input, and starts. It exists because a kill and a race need real processes.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from importlib import import_module

import django
from django.conf import settings
from django.db import connections


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


def each(url: str) -> None:
    """For every id on standard input, look after that name in a process forked for it.

    Writes that process' id. PowerDNS is reached at `url`.
    """
    from dns.pools import worker

    settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": url})
    for line in sys.stdin:
        connections.close_all()  # a connection must not be shared with the fork
        forked = os.fork()
        if not forked:
            worker.sync(allocation_id=uuid.UUID(line.strip()))
            os._exit(0)
        print(forked, flush=True)
        os.waitpid(forked, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    import_module("dns.tasks")
    print("ready", flush=True)
    sys.stdin.readline()
    if sys.argv[2] == "work":
        work()
    if sys.argv[2] == "each":
        each(sys.argv[3])
    else:
        reserve(sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
