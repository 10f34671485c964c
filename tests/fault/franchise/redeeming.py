"""Customers in processes of their own, that can be killed at any statement of a redemption."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from catalyst.vault.secret import Secret
from tests.fault.catalyst.processes import Process, process

# For each line on standard input, redeem in a process forked for it. It ends by SIGKILL before
# statement `at`, or, asked for, after it or after the whole; else it says how many there were.
KILLED = """
import json, os, signal
from django.db import connection, connections
from catalyst.vault.secret import Secret
from franchise.redeem.services import redeem


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def attempt(values, at, when):
    seen = 0

    def toll(execute, *arguments):
        nonlocal seen
        seen += 1
        if seen == at and when == "before":
            die()
        done = execute(*arguments)
        if seen == at and when == "after":
            die()
        return done

    code = Secret(values.pop("code"))
    with connection.execute_wrapper(toll):
        redeem(code=code, **values)
    if when == "unheard":
        die()
    return seen


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

# Wait for `go`, then redeem `count` times at once, each for another customer; say what came of it.
AT_ONCE = """
import json
from catalyst.vault.secret import Secret
from franchise.redeem.services import redeem
from tests.integration.catalyst.racing import at_once

asked = json.loads(sys.stdin.readline())
code = Secret(asked["code"])


def customer(number):
    who = asked["first"] + number
    return redeem(
        code=code,
        email=f"customer{who}@example.com",
        organization_name=f"Customer {who}",
        idempotency_key=f"customer-{who}",
    )


say("ready")
sys.stdin.readline()
say(json.dumps([type(answer).__name__ for answer in at_once(asked["count"], customer)]))
"""


@dataclass(frozen=True, slots=True)
class Customer:
    """What one customer sends; the same again after a crash."""

    number: int
    code: Secret

    @property
    def values(self) -> dict[str, str]:
        return {
            "email": f"customer{self.number}@example.com",
            "organization_name": f"Customer {self.number}",
            "idempotency_key": f"customer-{self.number}",
        }


@dataclass(frozen=True, slots=True)
class Killer:
    process: Process

    def redeem(self, customer: Customer, *, at: int = 0, when: str = "before") -> int:
        """How many statements it took; 0: it was killed."""
        values = {**customer.values, "code": customer.code.reveal()}
        self.process.tell(json.dumps({"values": values, "at": at, "when": when}))
        said = self.process.line()
        return 0 if said == "killed" else int(said)


@contextmanager
def killer() -> Iterator[Killer]:
    with process(KILLED) as started:
        assert started.line() == "ready"
        yield Killer(started)
