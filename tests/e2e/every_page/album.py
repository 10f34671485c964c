"""Looks at a page as each kind of reader does: wide and narrow, light and dark, and through axe.

`CATALYST_SCREENS=docs/screens` keeps the pictures.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page, ViewportSize

ROOT = Path(__file__).resolve().parents[3]
SCREENS = os.environ.get("CATALYST_SCREENS", "")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
# WCAG 2.2 AA and everything below it (https://www.deque.com/axe/core-documentation/api-documentation/).
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = {"serious", "critical"}


@cache
def _axe() -> str:
    return (ROOT / "static/node_modules/axe-core/axe.min.js").read_text()


def barriers(page: Page, *rules: str) -> list[str]:
    """What keeps people out of this page, serious or worse; `rules`: only these."""
    page.evaluate(_axe())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[dict[str, Any]] = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})"
        ".then(all => all.violations)",
        only,
    )
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:5]]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return []
    wide: list[str] = page.locator("body *").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(0, 5).map(one => one.outerHTML.slice(0, 160))"
    )
    return wide or ["the page"]


@dataclass(slots=True)
class Album:
    """`seen`: names of the addresses that were looked at; `wrong`: what was found, by picture."""

    seen: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def look(self, page: Page, name: str) -> None:
        """One of our own addresses: as `inspect`, and it counts as seen."""
        self.seen.add(_name(page))
        self.inspect(page, name)

    def inspect(self, page: Page, name: str) -> None:
        """Does the page fit, does nothing serious stand in anybody's way? Leaves it wide and
        light."""
        for size, viewport in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(viewport)
            for theme in ("dark", "light"):
                # Colours glide otherwise, and axe would see them on their way.
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                where = f"{name}-{size}-{theme}"
                # What a theme changes are colours, what a width changes is room.
                rules = (
                    () if (size, theme) == ("desk", "light") else ("color-contrast", "target-size")
                )
                found = barriers(page, *rules) if (size, theme) != ("phone", "dark") else []
                if found := found + too_wide(page):
                    self.wrong[where] = found
                _picture(page, where)
        page.set_viewport_size(DESK)

    def told(self) -> dict[str, list[str]]:
        """What was wrong since it was last asked."""
        found, self.wrong = self.wrong, {}
        return found


def _name(page: Page) -> str:
    try:
        return resolve(urlsplit(page.url).path, "catalyst.urls_zero").view_name
    except Resolver404:
        return "nowhere"


def _picture(page: Page, where: str) -> None:
    if SCREENS:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(SCREENS) / f"{where}.png", full_page=True)
