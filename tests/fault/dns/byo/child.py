"""Follows domains in processes of its own that die at a step, on the database of the test.

`serve()` writes `ready` and reads lines `ID STEP WHEN`: a process forked for it follows that domain
and is killed (SIGKILL) when it comes to the step: `before` it, or `after` it: the world is changed
and the row does not say so. `- -`: not at all.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connections

from catalyst.embedded.state import StackState


def dying(step: Callable[[Any], Any], when: str) -> Callable[[Any], Any]:
    def run(ctx: Any) -> Any:
        if when == "after":
            step(ctx)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def follow(move_id: str, step: str, when: str) -> None:
    from dns.byo import worker

    if step != "-":
        worker.STEPS[step] = dying(worker.STEPS[step], when)
    worker.follow(move_id=uuid.UUID(move_id))


def serve() -> None:
    bundle = StackState.load().ca_bundle
    settings.CATALYST = settings.CATALYST.model_copy(update={"ca_bundle": bundle})
    import_module("dns.byo.worker")  # once, and not in every fork
    print("ready", flush=True)
    for line in sys.stdin:
        connections.close_all()  # a connection must not be shared with the fork
        forked = os.fork()
        if not forked:
            follow(*line.split())
            os._exit(0)
        _, status = os.waitpid(forked, 0)
        print("killed" if os.WIFSIGNALED(status) else "ended", flush=True)
