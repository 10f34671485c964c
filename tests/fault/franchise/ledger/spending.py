"""Orders paid by credit in processes of their own, which can be killed at any statement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fault.catalyst.processes import Process, process

# For each line on standard input, in a process forked for it: reserve, then commit, each in a
# transaction as a room of its own would. It ends by SIGKILL before or after statement `at`.
KILLED = """
import json, os, signal
from datetime import timedelta
from django.db import connection, connections, transaction
from franchise.ledger import services as ledger
from franchise.money import Money


def attempt(organization, minor, source, at, when):
    seen = 0

    def toll(execute, *arguments):
        nonlocal seen
        seen += 1
        if seen == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = execute(*arguments)
        if seen == at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    with connection.execute_wrapper(toll):
        with transaction.atomic():
            ledger.reserve(organization_id=organization, amount=Money(minor, "OMR"),
                           source=source, expires_in=timedelta(hours=1))
        with transaction.atomic():
            ledger.commit(source=source, actor="test")
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

# For each line, pay one order by credit; says what came of it.
AT_ONCE = """
import json
from django.db import transaction
from franchise.ledger import services as ledger
from franchise.money import Money

say("ready")
for line in sys.stdin:
    asked = json.loads(line)
    try:
        with transaction.atomic():
            ledger.spend(organization_id=asked["organization"], source=asked["source"],
                         amount=Money(asked["minor"], "OMR"), actor="test")
    except ledger.NotEnoughCredit:
        say("asks for a card")
    else:
        say("paid by credit")
"""


@dataclass(frozen=True, slots=True)
class Payer:
    """A process that pays orders of one Organization."""

    process: Process

    def tell(self, **order: object) -> None:
        self.process.tell(json.dumps(order))

    def answer(self) -> str:
        return self.process.line()


@contextmanager
def payer(code: str) -> Iterator[Payer]:
    with process(code) as started:
        assert started.line() == "ready"
        yield Payer(started)
