"""Frames a second of a log with a million lines: `make bench-ui`. Prints one line of figures.

A wheel turns over the real page of a real Daphne in Chromium; the bare baseline is the same wheel
over a page with nothing but a tall empty box, in the same run.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Page

from bench import scratch
from bench.figures import late
from bench.log import daphne

LINES = 1_000_000
SECONDS, TICK = 5.0, 0.02
STEP_PX = 120  # a notch of most wheels
WATCH = """() => {
    window.frames = [];
    const watch = at => { window.frames.push(at); requestAnimationFrame(watch); };
    requestAnimationFrame(watch);
}"""
BARE = (
    "<div id='log-lines' style='height:500px;overflow:auto'><div style='height:1e7px'></div></div>"
)


@dataclass(frozen=True, slots=True)
class Server:
    """What a browser needs to know of Daphne."""

    site: str


def frames(page: Page) -> list[float]:
    """Milliseconds from frame to frame while the wheel turns up and down."""
    page.locator("#log-lines").hover()
    page.evaluate(WATCH)
    began, way = time.monotonic(), -STEP_PX
    while (now := time.monotonic() - began) < SECONDS:
        page.mouse.wheel(0, way if now < SECONDS / 2 else -way)
        time.sleep(TICK)
    return [after - before for before, after in pairwise(page.evaluate("window.frames"))]


def main() -> int:
    load = os.getloadavg()[0]  # others at work make every figure worse
    with scratch.backing_services(), scratch.database():
        from tests.integration.sovereign_wizard.progress.long_logs import shows, world

        with daphne() as port, world(Server(f"http://127.0.0.1:{port}")) as there:
            deployment = there.filled(LINES)
            with there.page(deployment) as page:
                shows(page, LINES)
                ours = frames(page)
                elements = page.locator("#log-lines .line").count()
            bare_page = there.browser.new_page()
            bare_page.set_content(BARE)
            bare_page.locator("#log-lines").evaluate("box => { box.scrollTop = 5e6 }")
            bare = frames(bare_page)
    print(
        f"bench-ui: {LINES:,} lines, wheel for {SECONDS:.0f} s: {1000 / statistics.mean(ours):.0f} "
        f"frames/s (goal 50; a bare page {1000 / statistics.mean(bare):.0f}), p95 between frames "
        f"{late(ours):.0f} ms (bare {late(bare):.0f}), {elements} elements · "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
