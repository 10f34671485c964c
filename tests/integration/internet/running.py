"""A local internet as its own process, and a name server of somebody who registers there."""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar

import httpx

import dns.message
import dns.query
from catalyst.embedded.ports import is_free

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 20.0
PORTS = range(12_000, 20_000)
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], *, seconds: float = DEADLINE) -> Seen:
    """Look until what is seen is truthy, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return seen


def free_port() -> int:
    """A loopback port that nobody is given again while this process lives.

    Below the kernel's ephemeral range (32768 and up, ip(7)), whose ports any outgoing connection
    may take, and below those that stacks choose (catalyst/embedded/ports.py). Whoever locks a
    port's byte of one file has it, so no other process of the tests is given the same.
    """
    for port in _untried:
        try:
            fcntl.lockf(_port_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except (BlockingIOError, PermissionError):  # fcntl(2) leaves open which
            continue
        if is_free(port):
            return port
    raise AssertionError("no free loopback port")


_untried = iter(random.sample(PORTS, len(PORTS)))


@cache
def _port_locks() -> int:
    """Open as long as the process: to close any of its descriptors gives all locks away."""
    return os.open(Path(gettempdir(), "test-ports.lock"), os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler],
    address: tuple[str, int] = ("127.0.0.1", 0),
    *,
    pair: tuple[Path, Path] | None = None,
) -> Iterator[int]:
    """An HTTP server of a test's own, which logs nothing; yields its port.

    `pair`: certificate and key, for HTTPS.
    """
    quiet = type("Quiet", (handler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(address, quiet) as server:
        if pair is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(*pair)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def free_range() -> Iterator[IPv4Network]:
    """A range that no other test run has, local on `lo` while it is used."""
    for third in range(100, 250):
        network = IPv4Network(f"198.18.{third}.0/24")
        lock = os.open(Path(gettempdir(), f"range-{third}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        route = ["ip", "route", "replace", "local", str(network), "dev", "lo"]
        subprocess.run(route, check=True)
        try:
            # 53: where tests put a name server; one that a killed run left there would answer.
            for host in (2, 53):
                with socket.socket() as probe:
                    probe.bind((str(network[host]), 53))
        except OSError:
            os.close(lock)
            continue
        try:
            yield network
        finally:
            subprocess.run(["ip", "route", "del", "local", str(network), "dev", "lo"], check=True)
            os.close(lock)
        return
    raise AssertionError("no free 198.18.X.0/24")


@dataclass
class Internet:
    """`python -m infra.localcloud.internet serve` and what one asks of it."""

    network: IPv4Network
    directory: Path
    allow: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.proxy = f"http://127.0.0.1:{(proxy := free_port())}"
        self.registry = f"http://127.0.0.1:{(registry := free_port())}"
        self.directory_port, self.management_port = free_port(), free_port()
        self.config = self.directory / "internet.json"
        self.config.write_text(
            json.dumps(
                {
                    "state_dir": "state",
                    "range": str(self.network),
                    "tlds": ["works", "io", "com"],
                    "proxy": {"host": "127.0.0.1", "port": proxy, "allow": self.allow},
                    "registry": {"host": "127.0.0.1", "port": registry, "key_file": "key"},
                    "acme": {
                        "dir": "acme",
                        "directory_port": self.directory_port,
                        "management_port": self.management_port,
                    },
                }
            )
        )

    def command(self, name: str) -> list[str]:
        module = [sys.executable, "-m", "infra.localcloud.internet"]
        return [*module, name, "--config", str(self.config)]

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    def start(self) -> None:
        log = (self.directory / "serve.log").open("ab")
        self.process = subprocess.Popen(self.command("serve"), cwd=ROOT, stdout=log, stderr=log)
        until(self.is_well)

    def is_well(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.directory / "serve.log").read_text()
        try:
            return httpx.get(f"{self.registry}/healthz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def children(self) -> dict[int, str]:
        """Every process below ours: pid → command line."""
        assert self.process is not None
        return _descendants(self.process.pid)

    def call(self, method: str, path: str, **keywords: Any) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {(self.directory / 'key').read_text()}"}
        return httpx.request(
            method, f"{self.registry}{path}", headers=bearer, trust_env=False, **keywords
        )

    def register(self, domain: str, server: NameServer, ds: list[str]) -> None:
        host = f"ns1.{domain}."
        body = {"nameservers": [host], "glue": {host: [server.address]}, "ds": ds}
        answer = self.call("PUT", f"/domains/{domain}", json=body)
        assert answer.status_code == 200, answer.text
        self.forget(domain)

    def forget(self, name: str) -> None:
        assert self.call("POST", "/flush", json={"name": name}).status_code == 204

    def ask(self, name: str, type_: str = "A", *, server: int = 4) -> dns.message.Message:
        """What the resolver (or another server of the range) answers."""
        question = dns.message.make_query(name, type_, want_dnssec=True)
        return dns.query.udp(question, str(self.network[server]), timeout=DEADLINE)


@dataclass
class NameServer:
    """A PowerDNS of a registrant, with zones signed by pdnsutil."""

    address: str
    directory: Path

    def start(self) -> None:
        database = self.directory / "zones.sqlite3"
        subprocess.run(["sqlite3", database], input=SCHEMA.read_bytes(), check=True)
        (self.directory / "pdns.conf").write_text(
            f"launch=gsqlite3\ngsqlite3-database={database}\ngsqlite3-dnssec=yes\n"
            f"local-address={self.address}\nsocket-dir={self.directory}\n"
            "zone-cache-refresh-interval=0\ncache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\n"
            "default-soa-content=ns1.@ hostmaster.@ 0 3600 600 604800 1\nsecurity-poll-suffix=\n"
        )
        log = (self.directory / "pdns.log").open("wb")
        self.process = subprocess.Popen(
            ["pdns_server", f"--config-dir={self.directory}"], stdout=log, stderr=log
        )
        until(self._listens)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(DEADLINE)

    def host(self, zone: str, address: str) -> list[str]:
        """Serve a signed zone with its apex and www at `address`; returns its DS records."""
        self.util("create-zone", zone, f"ns1.{zone}")
        for name, value in (("ns1", self.address), ("@", address), ("www", address)):
            self.util("replace-rrset", zone, name, "A", "60", value)
        self.util("secure-zone", zone)
        self.util("rectify-zone", zone)
        lines = self.util("export-zone-ds", zone).splitlines()
        return [line.split("IN DS ")[1].split(" ;")[0] for line in lines if " 13 2 " in line]

    def util(self, *arguments: str) -> str:
        return subprocess.run(
            ["pdnsutil", f"--config-dir={self.directory}", *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.address, 53), timeout=1).close()
        except OSError:
            return False
        return True


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _descendants(pid: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        found[int(child)] = command
        found |= _descendants(int(child))
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
