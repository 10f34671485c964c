"""A packer killed at any moment: every line is a row or in a chunk, and the next one goes on."""

from __future__ import annotations

import random
import signal
import time

import pytest

from catalyst.eventlog.compaction import compact
from catalyst.eventlog.services import Line, append, finish, read
from catalyst.eventlog.verification import Verified, verify
from catalyst.models import Chunk, Entry
from tests.fault.catalyst.processes import process

pytestmark = pytest.mark.django_db(transaction=True)
LOG, COUNT = "test:x", 4_000
PACKER = """
from catalyst.eventlog import chunks
from catalyst.eventlog.compaction import pack_next
chunks.MOST_LINES = 50
say("ready")
sys.stdin.readline()
while pack_next("test:x"):
    say("made")
"""


def test_given_packers_killed_at_random_moments_then_nothing_is_lost_or_doubled() -> None:
    append(LOG, [Line(f"line {n}") for n in range(COUNT)])
    finish(LOG)
    chance = random.Random(5)
    for _ in range(4):
        with process(PACKER) as packer:
            assert packer.line() == "ready"
            packer.tell("go")
            for _ in range(chance.randint(1, 12)):
                assert packer.line() == "made"
            time.sleep(chance.random() * 0.01)  # somewhere within the next one
            packer.signal(signal.SIGKILL)
            packer.popen.wait(timeout=30)
        packed = sum(c.last_seq - c.first_seq + 1 for c in Chunk.objects.defer("lines"))
        assert packed and packed + Entry.objects.count() == COUNT
        assert verify(LOG) == Verified(complete=True, chain_ok=True, last_seq=COUNT)
    compact(LOG)
    assert not Entry.objects.exists()
    seen: list[int] = []
    while entries := read(LOG, after=len(seen)).entries:
        seen += [entry["seq"] for entry in entries]
    assert seen == list(range(1, COUNT + 1))
