"""The forward proxy of the local internet: a browser's only way in, by our DNS and nothing else.

proxy.py moves the bytes; here is only the rule whom it may connect to. It must never ask the
machine's own resolver, and never reach the real internet.
"""

import contextlib
import ctypes
import ipaddress
import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from proxy import Proxy
from proxy.http.exception import HttpRequestRejected
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin

from infra.localcloud.internet import wire
from infra.localcloud.internet.config import Config

log = logging.getLogger("internet.proxy")

# A WebSocket may be silent for long; proxy.py's 10 s would cut it.
IDLE_SECONDS = 3600
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """A connection that is not made: `status` for the client, the text says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


def choose(host: str, port: int, config: Config) -> str:
    """The address to connect to for host:port. Raises Refused: 502 for DNS, 403 if forbidden."""
    literal = host.strip("[]")
    try:
        addresses: tuple[str, ...] = (str(ipaddress.ip_address(literal)),)
    except ValueError:
        addresses = _lookup(host, config.resolver_address)
    for address in addresses:
        inside = ipaddress.ip_address(address) in config.network
        if inside or (address, port) in config.proxy.allow:
            return address
    raise Refused(
        HTTPStatus.FORBIDDEN,
        f"{host} is at {', '.join(addresses)}: this proxy reaches only {config.network}"
        " and the loopback ports it was given",
    )


def _lookup(host: str, resolver: str) -> tuple[str, ...]:
    try:
        return wire.addresses(host, resolver=resolver)
    except wire.NoAnswer as error:
        raise Refused(HTTPStatus.BAD_GATEWAY, f"DNS: {error}") from error


class ByOurDns(HttpProxyBasePlugin):
    """Finds the address before proxy.py connects, and refuses what may not be reached."""

    config: Config

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._target: tuple[bytes | None, int | None] = (None, None)
        self._address = ""

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        """Resolve and check the target of the first request of a connection."""
        self._target = (request.host, request.port)
        if request.host is None or request.port is None:
            raise _rejection(Refused(HTTPStatus.BAD_REQUEST, "This is a proxy: name a host."))
        with _as_rejection():
            self._address = choose(request.host.decode("ascii"), request.port, self.config)
        return request

    def resolve_dns(self, _host: str, _port: int) -> tuple[str | None, tuple[str, int] | None]:
        """Give proxy.py the address found above; it never asks the system."""
        return self._address, None

    def handle_client_request(self, request: HttpParser) -> HttpParser | None:
        """Refuse a later request of the connection that means another host (421, RFC 9110)."""
        if (request.host, request.port) != self._target:
            raise _rejection(
                Refused(HTTPStatus.MISDIRECTED_REQUEST, "One connection reaches one host.")
            )
        return request


@contextlib.contextmanager
def _as_rejection() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        raise _rejection(refusal) from refusal


def _rejection(refusal: Refused) -> HttpRequestRejected:
    # Forbidden ones are the client's own doing, and the health check makes one every time.
    if refusal.status is HTTPStatus.BAD_GATEWAY:
        log.warning("%s", refusal)
    return HttpRequestRejected(
        status_code=refusal.status,
        reason=refusal.status.phrase.encode(),
        headers={b"Content-Type": b"text/plain; charset=utf-8"},
        body=f"{refusal}\n".encode(),
    )


def run(config: Config) -> None:
    """Serve until SIGTERM. Each connection has a thread, since a DNS answer may take seconds."""
    ByOurDns.config = config
    # Its access log has whole URLs, which are nobody's business.
    logging.getLogger("proxy").setLevel(logging.ERROR)
    # proxy.py accepts connections in a process of its own, which must not outlive this one either.
    multiprocessing.set_start_method("fork", force=True)
    os.register_at_fork(after_in_child=_die_with_parent)
    with Proxy(
        [
            *("--hostname", config.proxy.listen.host, "--port", str(config.proxy.listen.port)),
            *("--num-acceptors", "1", "--num-workers", "1", "--threaded", "--backlog", "512"),
            *("--timeout", str(IDLE_SECONDS)),
            *("--data-dir", str(config.state_dir / "proxy")),
        ],
        plugins=[ByOurDns],
    ):
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
