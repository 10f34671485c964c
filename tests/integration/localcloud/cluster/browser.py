"""What a browser does to log in, for hosts whose names nobody here resolves."""

from __future__ import annotations

import html
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx


class Browser:
    """`hosts`: the address of each name; TLS is checked against the names and `authority`."""

    def __init__(self, hosts: Mapping[str, str], authority: Path) -> None:
        trust = ssl.create_default_context(cafile=str(authority))
        self._clients = {
            host: httpx.Client(
                base_url=f"https://{address}",
                headers={"Host": host},
                verify=trust,
                trust_env=False,
                timeout=30,
            )
            for host, address in hosts.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            client.close()

    def get(self, url: str) -> httpx.Response:
        return self._ask("GET", url, None)

    def post(self, url: str, form: dict[str, str]) -> httpx.Response:
        return self._ask("POST", url, form)

    def _ask(self, method: str, url: str, form: dict[str, str] | None) -> httpx.Response:
        parts = urlsplit(url)
        assert parts.scheme == "https" and parts.hostname
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return self._clients[parts.hostname].request(
            method, path, data=form, extensions={"sni_hostname": parts.hostname}
        )


def form_of(page: httpx.Response) -> str:
    """Where the page's form goes."""
    found = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return html.unescape(found[1])
