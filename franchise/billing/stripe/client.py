"""Stripe's library, with our trust, our patience and a key that is given for each use.

No global of the library is set: the key is in no module, no log line and no exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import stripe

from catalyst.trust import context
from catalyst.vault.secret import Secret

SECONDS = 15.0
RETRIES = 2
# The objects we read are those of this version, whatever an account's default is.
VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Link:
    """How Stripe is reached: `url` empty means Stripe's own address."""

    api_key: Secret
    url: str = ""
    ca_bundle: Path | None = None


class Https(stripe.HTTPClient):
    """The library's own clients read one CA file from a global; this one verifies by our trust."""

    name = "httpx"

    def __init__(self, ca_bundle: Path | None) -> None:
        super().__init__()
        self._http = httpx.Client(verify=context(ca_bundle), trust_env=False, timeout=SECONDS)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Raises stripe.APIConnectionError without the cause, whose request holds the key."""
        try:
            answer = self._http.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            kind = type(error).__name__
        else:
            return answer.text, answer.status_code, answer.headers
        raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
            f"Stripe was not reached ({kind}).", should_retry=True
        )

    def close(self) -> None:
        self._http.close()


def connect(link: Link) -> stripe.StripeClient:
    """For one use; whoever is done closes nothing, the connection ends with the object."""
    key = link.api_key.reveal()
    return stripe.StripeClient(
        key,
        stripe_version=VERSION,
        base_addresses={"api": link.url} if link.url else {},
        http_client=Https(link.ca_bundle),
        max_network_retries=RETRIES,
    )
