"""`make bench-ui`: frames a second of a log with a million lines, and when pages are there.

A wheel turns over the real page of a real Daphne in Chromium; the bare baseline is the same wheel
over a page with nothing but a tall empty box, in the same run. For the pages it is a line of text
from the same server (`bench/paint.py`).
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from bench import paint, scratch
from bench.figures import late
from bench.log import daphne

if TYPE_CHECKING:  # they need Django, which needs the database first
    from sovereign_wizard.provisioning.models import Deployment
    from tests.integration.sovereign_wizard.progress.long_logs import World

LINES = 1_000_000
SHORT = 1_000
RUN, MISSED = 100_000, 3_000
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


def paints(there: World, deployment: Deployment) -> dict[str, float]:
    """Median seconds to the largest paint of each page, and of the bare one."""
    found: dict[str, float] = {}
    with there.context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        paint.slowed(page)
        paths = {
            "bare": paint.BARE_PATH,
            "list": "/sovereign/",
            "wizard": "/sovereign/new/",
            "deployment": f"/sovereign/deployments/{deployment.pk}/",
        }
        for name, path in paths.items():
            each = [paint.largest_paint(there.browser, page, path) for _ in range(paint.LOOKS)]
            found[name] = statistics.median(each)
    return found


def reconnected(there: World) -> float:
    """Seconds from being online again to the newest line, after 30 s of a run of 100 lines a second
    were missed near the end of its 100,000."""
    deployment = there.filled(RUN - MISSED)
    with there.page(deployment) as page:
        expect(page.locator(f"#L{RUN - MISSED}")).to_be_in_viewport()
        page.context.set_offline(True)
        expect(page.locator("#log-state")).to_have_text(re.compile("^offline"))
        there.append(deployment, *(f"line {n}" for n in range(MISSED)))
        began = time.monotonic()
        page.context.set_offline(False)
        expect(page.locator(f"#L{RUN}")).to_be_in_viewport(timeout=60_000)
        return time.monotonic() - began


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
            back = reconnected(there)
            painted = paints(there, there.filled(SHORT))
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in painted.items())
    print(f"largest paint on a slow line and a processor {paint.SLOWER}x slower: {told}")
    worst = max(painted.values())
    rates = [1000 / statistics.mean(each) for each in (ours, bare)]
    print(
        f"bench-ui: largest paint {worst:.2f} s at the slowest page (goal 1.0), "
        f"{worst / painted['bare']:.1f}x a bare one; {LINES:,} lines, wheel for {SECONDS:.0f} s: "
        f"{rates[0]:.0f} frames/s (goal 50; a bare page {rates[1]:.0f}), p95 between frames "
        f"{late(ours):.0f} ms (bare {late(bare):.0f}), {elements} elements; back online after "
        f"30 s away from a run of {RUN:,} lines: {back:.1f} s to the newest (goal 2.0) · "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
