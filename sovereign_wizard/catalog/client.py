"""Plain HTTP to Hetzner: within the budget, one try, and a Problem for what every call can get.

Not the vendor's library: that one sleeps up to a minute between retries, and a person is waiting
for the page. Shapes are those of the Hetzner Cloud OpenAPI document.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import httpx
from django.conf import settings

from catalyst.closing import Closing
from catalyst.telemetry.shared import upstream
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import throttle
from sovereign_wizard.catalog.problems import (
    HOW_TO_MAKE_ONE,
    HetznerAway,
    HetznerRefused,
    TokenRefused,
)
from sovereign_wizard.catalog.vendor_errors import plain

PER_PAGE = 50
TIMEOUT = httpx.Timeout(8.0, connect=4.0)
Json = dict[str, Any]


class UnknownPath(HetznerAway):
    """404 on a list: not an empty project, but an API that has no such kind."""

    type = "hetzner-unknown-path"


class Hetzner(Closing):
    """One token's view of the API; a context manager. Safe to use from several threads."""

    def __init__(
        self, token: Secret, *, patience: float = throttle.PAGE_PATIENCE, endpoint: str = ""
    ) -> None:
        self._bucket = throttle.bucket_of(token)
        self._patience = patience
        self._http = httpx.Client(
            base_url=(endpoint or settings.CATALYST.hcloud_endpoint).rstrip("/"),
            headers={"Authorization": f"Bearer {token.reveal()}", "User-Agent": "catalyst"},
            timeout=TIMEOUT,
            verify=_trust(),
            trust_env=False,
        )

    def send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """One request. Raises TokenRefused, RateLimited, HetznerAway (also for a 5xx)."""
        if pause := self._bucket.wait_or_until(patience=self._patience):
            raise throttle.slow_down(pause)
        try:
            answer = self._http.request(method, path, **rest)
        except httpx.HTTPError as error:
            upstream(vendor="hetzner")
            raise HetznerAway(
                f"We could not reach Hetzner ({type(error).__name__}). What you typed is kept. "
                "Try again in a minute, or look at status.hetzner.com."
            ) from error
        upstream(vendor="hetzner", code=answer.status_code)
        refused = answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        self._bucket.learn(answer.headers, refused=refused)
        if refused:
            raise throttle.slow_down(self._bucket.wait_or_until())
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise TokenRefused(f"It may have been deleted or copied in part. {HOW_TO_MAKE_ONE}")
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise HetznerAway(
                f"Hetzner answered {answer.status_code}. What you typed is kept. "
                "Try again in a minute."
            )
        return answer

    def read(self, path: str, query: Json | None = None) -> Json:
        """One document. Raises what `send` raises, UnknownPath, HetznerRefused."""
        answer = self.send("GET", path, params=query or {})
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise UnknownPath(f"Hetzner knows nothing called {path}.")
        try:
            found: Json = answer.json()
        except ValueError as error:
            raise HetznerAway(
                f"Hetzner answered {answer.status_code} on {path} without a document. "
                "Try again in a minute."
            ) from error
        if answer.is_error:
            refusal = found.get("error", {})
            words = plain(refusal.get("code", ""), refusal.get("message", ""))
            raise HetznerRefused(f"{words.title}. {words.detail}", code=words.code)
        return found

    def every(self, kind: str, **query: Any) -> Iterator[Json]:
        """All entries of a list (`servers`, `locations`, …), page by page."""
        page: int | None = 1
        while page:
            found = self.read(f"/{kind}", {**query, "page": page, "per_page": PER_PAGE})
            yield from found[kind]
            page = found.get("meta", {}).get("pagination", {}).get("next_page")

    def close(self) -> None:
        self._http.close()


def _trust() -> ssl.SSLContext:
    # Our own authorities come on top of the system's; verification is never off.
    trust = ssl.create_default_context()
    bundle = settings.CATALYST.ca_bundle
    if bundle and bundle.exists():
        trust.load_verify_locations(bundle)
    return trust
