"""Where in a log begins what was written since a moment."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from infra.localcloud.machines.kubelet import times


def test_given_notes_then_what_was_written_since_begins_with_a_whole_line(tmp_path: Path) -> None:
    before, log = time.time(), tmp_path / "0.log"
    log.write_text("one\ntw")
    assert times.begin(log, before) == 0
    asyncio.run(noted(log))
    between = time.time()
    assert times.begin(log, before) == 0
    with log.open("a") as more:
        more.write("o\nthree\n")
    assert times.begin(log, between) == len("one\n")
    asyncio.run(noted(log))
    assert times.begin(log, between) == len("one\n")
    assert times.begin(log, time.time()) == len("one\ntwo\nthree\n")


async def noted(log: Path) -> None:
    """As for a program that ends at once."""
    keeping = asyncio.create_task(times.keep(log))
    await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
