"""How to ask a program whether it is up, over HTTP or DNS. Never through a proxy."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path

_TIMEOUT_SECONDS = 1.0


def http_ok(
    url: str, *, headers: Mapping[str, str] | None = None, trust: Path | None = None
) -> bool:
    """Whether a GET answers 2xx; `trust`: PEM file to verify an https server by.

    Raises `OSError` (of urllib) for any other answer or none.
    """
    context = ssl.create_default_context(cafile=trust)
    # Whatever proxy the environment names is for the internet, not for our own control ports.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    request = urllib.request.Request(url, headers=dict(headers or {}))
    with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
        return 200 <= int(response.status) < 300


def bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def dns_answers(address: str, *, port: int = 53) -> bool:
    """Whether a name server says anything to a question (`version.bind` CH TXT), refusal included.

    By hand, because the kernel has no DNS library (RFC 1035 §4.1). Raises `OSError` for none.
    """
    head = b"\x2a\x2a" + b"\x00\x00" + b"\x00\x01" + 6 * b"\x00"
    question = b"\x07version\x04bind\x00" + b"\x00\x10" + b"\x00\x03"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_TIMEOUT_SECONDS)
        asking.connect((address, port))
        asking.send(head + question)
        return asking.recv(512)[:2] == head[:2]
