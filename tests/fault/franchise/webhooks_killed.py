"""A web process that takes in webhooks and can be killed at any statement of the inbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fault.catalyst.processes import Process, process

# For each line on standard input, take in a delivery in a process forked for it. It ends by SIGKILL
# after statement `at`, or, asked for, after the whole; else it says how many there were.
KILLED = """
import base64, json, os, signal
from contextlib import suppress
from django.db import connection, connections
from franchise.billing.payments import PaymentUnknown
from franchise.billing.webhooks.services import look, receive


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def attempt(body, signature, at, unheard):
    seen = 0

    def toll(execute, *arguments):
        nonlocal seen
        seen += 1
        done = execute(*arguments)
        if seen == at:
            die()
        return done

    with connection.execute_wrapper(toll):
        receive(body=base64.b64decode(body), signature=signature)
    if unheard:
        die()
    return seen


# What is loaded when it is first used, every fork would load again.
for page, payment in (("cs_test_none", ""), ("", "pi_none")):
    with suppress(PaymentUnknown):
        look(page=page, payment=payment)
say("ready")
for line in sys.stdin:
    asked = json.loads(line)
    connections.close_all()  # a connection must not be shared with the fork
    inner, outer = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(outer, str(attempt(**asked)).encode())
        finally:
            os._exit(0)
    os.close(outer)
    os.waitpid(child, 0)
    say(os.read(inner, 20).decode() or "killed")
    os.close(inner)
"""


@dataclass(frozen=True, slots=True)
class Killer:
    process: Process

    def deliver(self, *, body: bytes, signature: str, at: int = 0, unheard: bool = False) -> int:
        """How many statements it took; 0: it was killed."""
        asked = {
            "body": base64.b64encode(body).decode(),
            "signature": signature,
            "at": at,
            "unheard": unheard,
        }
        self.process.tell(json.dumps(asked))
        said = self.process.line()
        return 0 if said == "killed" else int(said)


@contextmanager
def killer() -> Iterator[Killer]:
    with process(KILLED) as started:
        assert started.line() == "ready"
        yield Killer(started)
