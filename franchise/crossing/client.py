"""Asking another Sovereign, over TLS that is always verified. Knows no rows.

Its address was typed by a person: it is resolved once, judged, and that address is asked; nothing
is followed, answers are bounded.
"""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from catalyst import bounded, pinned
from catalyst.outside import NotOutside, judge

PLACE = "/.well-known/catalyst/vouchers"
KEYS, REVOKED, SETTLEMENT = f"{PLACE}/keys", f"{PLACE}/revoked", f"{PLACE}/settlement"
SECONDS = 10.0
MOST_BYTES = 4 << 20


class PeerAway(Exception):
    """It could not be asked, or its answer is none."""


def fetch(url: str, path: str) -> str:
    """Raises PeerAway."""
    return _ask("GET", url, path)


def send(url: str, path: str, document: str) -> dict[str, Any]:
    """The answer's JSON object. Raises PeerAway."""
    try:
        answer = json.loads(_ask("POST", url, path, document))
    except ValueError as error:
        raise PeerAway("its answer is no JSON") from error
    if not isinstance(answer, dict):
        raise PeerAway("its answer is no JSON object")
    return answer


def _ask(method: str, url: str, path: str, body: str | None = None) -> str:
    parts = urlsplit(url)
    address = _address(parts.hostname or "", parts.port or 443)
    try:
        with pinned.asked(
            method,
            f"https://{parts.netloc}{path}",
            address=address,
            ca_bundle=settings.CATALYST.ca_bundle,
            seconds=SECONDS,
            body=body,
            headers={"Content-Type": "application/json"},
        ) as answer:
            if answer.status_code != 200:
                raise PeerAway(f"{method} {path} was answered {answer.status_code}")
            return _bounded(answer)
    except (httpx.HTTPError, UnicodeDecodeError) as error:
        raise PeerAway(f"{type(error).__name__} at {method} {path}") from error


def _address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return str(judge(str(found[0][4][0])))
    except (OSError, UnicodeError, NotOutside) as error:
        raise PeerAway(f"{host} leads to no address of the internet") from error


def _bounded(answer: httpx.Response) -> str:
    try:
        return bounded.body(answer, most=MOST_BYTES).decode()
    except bounded.TooLong:
        raise PeerAway("its answer is too long") from None
