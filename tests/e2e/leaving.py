"""What a browser keeps and tells of where it was: storage, history, addresses, headers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request

STORAGE = """async () => ({
  local: {...localStorage}, session: {...sessionStorage}, cookies: document.cookie,
  databases: (await indexedDB.databases()).map((one) => one.name),
  caches: await caches.keys(), name: window.name, state: history.state,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  timing: performance.getEntries().map((one) => one.name),
})"""


@dataclass
class Trail:
    """Attach it to a page first; read it at the end."""

    page: Page
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.sent.append((request.url, request.headers.get("referer", "")))

    def storage(self) -> str:
        """Of this origin, as scripts see it; HttpOnly cookies are not among it."""
        return json.dumps(self.page.evaluate(STORAGE))

    def history(self) -> list[str]:
        """Where “back” leads. What a person typed or clicked on, the browser alone knows."""
        session = self.page.context.new_cdp_session(self.page)
        found: dict[str, Any] = session.send("Page.getNavigationHistory")
        return [entry["url"] for entry in found["entries"]]

    def referers(self) -> list[str]:
        return [referer for _, referer in self.sent]

    def addresses(self) -> list[str]:
        return [url for url, _ in self.sent]
