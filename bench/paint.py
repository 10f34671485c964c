"""When a page's largest part is there, from Chromium's own trace (LCP, https://web.dev/articles/lcp).

On a slowed profile: 10 Mbit/s with 40 ms there and back, and a processor four times slower.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Browser, Page

SLOW_NETWORK = {
    "offline": False,
    "latency": 40,  # ms
    "downloadThroughput": 10_000_000 / 8,  # bytes a second
    "uploadThroughput": 5_000_000 / 8,
}
SLOWER = 4
LOOKS = 5
BARE_PATH = "/healthz"  # a line of text from the same server


def slowed(page: Page) -> None:
    """From now on this page has the slow line and the slow processor, and no cache."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def largest_paint(browser: Browser, page: Page, path: str) -> float:
    """Seconds from the navigation to the largest contentful paint."""
    browser.start_tracing(page=page, categories=["loading", "blink.user_timing"])
    page.goto(path, wait_until="networkidle" if path == BARE_PATH else "load")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 300)))")
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    paints = list(_named(events, "largestContentfulPaint::Candidate"))
    first = list(_named(events, "firstContentfulPaint")) or list(_named(events, "firstPaint"))
    began = max(
        (one for one in _named(events, "navigationStart") if _document(one)),
        key=lambda one: float(one["ts"]),
    )
    last = (paints or first)[-1]
    return (float(last["ts"]) - float(began["ts"])) / 1e6


def _named(events: Iterable[dict[str, Any]], name: str) -> Iterable[dict[str, Any]]:
    return sorted((one for one in events if one["name"] == name), key=lambda one: one["ts"])


def _document(event: dict[str, Any]) -> bool:
    return bool(event["args"].get("data", {}).get("documentLoaderURL"))
