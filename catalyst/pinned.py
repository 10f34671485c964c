"""HTTPS to an address that was found and judged before, under the name it is known by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from catalyst.trust import context


@contextmanager
def asked(
    method: str,
    url: str,
    *,
    address: str,
    ca_bundle: Path | None,
    seconds: float,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[httpx.Response]:
    """The streamed answer of `address` (IPv4 or IPv6) to a request for `url`.

    The certificate has to be one for the host in `url`; nobody is asked for its address again, no
    redirection is followed and no proxy used. Raises httpx.HTTPError, and OSError when `ca_bundle`
    cannot be read.
    """
    wanted = httpx.URL(url)
    with (
        httpx.Client(verify=context(ca_bundle), timeout=seconds, trust_env=False) as client,
        client.stream(
            method,
            wanted.copy_with(host=address),
            content=body,
            headers={"Host": wanted.netloc.decode(), **(headers or {})},
            extensions={"sni_hostname": wanted.host},
        ) as answer,
    ):
        yield answer
