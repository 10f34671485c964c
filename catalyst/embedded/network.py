"""The stack's piece of the public internet: one /24 made local on `lo`, claimed by one stack.

It only ever adds a `local` route for a documentation or benchmarking range (RFC 5737, RFC 2544); it
never touches another route and never removes one, since another stack may come to use it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from catalyst.embedded.service import CannotStart
from catalyst.embedded.state import StackState

DEFAULT_RANGE = "198.51.100.0/24"
NEXT_RANGES = tuple(f"198.18.{third}.0/24" for third in range(16, 100))
# 127/8 is local on every machine (RFC 1122 §3.2.1.3): for those who may not add a route.
LOOPBACK_RANGES = tuple(f"127.51.{third}.0/24" for third in range(100, 116))
_NAMESERVER = 53


def settle(state: StackState) -> tuple[StackState, socket.socket]:
    """Choose, route and claim a range: the one asked for, else the remembered, else the next free.

    Without the right to make one local it is a loopback range, and that is said. The claim lasts as
    long as the returned socket is open in any process. Raises `CannotStart`.
    """
    asked = os.environ.get("CATALYST_PUBLIC_RANGE")
    candidates = [
        state.public_range,
        asked or DEFAULT_RANGE,
        *([] if asked else NEXT_RANGES),
    ]
    if asked:
        candidates = [asked]
    try:
        found = _first_free(dict.fromkeys(filter(None, candidates)))
    except NotAllowed as refused:
        if asked:
            raise
        print(f"{refused}\nuntil then this stack lives in {LOOPBACK_RANGES[0]}", flush=True)
        found = _first_free(LOOPBACK_RANGES)
    if found:
        return state.remember_range(found[0]), found[1]
    raise CannotStart(
        f"{asked or 'every public range'} is in use by another stack: set CATALYST_PUBLIC_RANGE"
    )


class NotAllowed(CannotStart):
    """This user may not add the route; the text names the one line that may."""


def _first_free(candidates: Iterable[str]) -> tuple[IPv4Network, socket.socket] | None:
    for text in candidates:
        public_range = _parse(text)
        claim = _claim(public_range)
        if claim is None:
            continue
        make_local(public_range)
        if _can_serve_names(public_range):
            return public_range, claim
        claim.close()
    return None


def make_local(public_range: IPv4Network) -> None:
    """Have the kernel treat every address of the range as its own. Raises `NotAllowed`."""
    if _is_local(public_range[_NAMESERVER]):
        return
    command = ["ip", "route", "add", "local", str(public_range), "dev", "lo"]
    if shutil.which("ip") is None:
        raise CannotStart("the program `ip` is missing: apt-get install iproute2")
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    if done.returncode != 0 and not _is_local(public_range[_NAMESERVER]):
        raise NotAllowed(
            f"{public_range} cannot be made local ({done.stderr.strip()}); "
            f"once per boot, run: sudo {' '.join(command)}"
        )


def _parse(text: str) -> IPv4Network:
    try:
        public_range = IPv4Network(text)
    except ValueError as error:
        raise CannotStart(f"CATALYST_PUBLIC_RANGE: {error}") from None
    if public_range.prefixlen != 24:
        raise CannotStart(f"CATALYST_PUBLIC_RANGE: {text} is not a /24")
    return public_range


def _claim(public_range: IPv4Network) -> socket.socket | None:
    """An abstract socket (unix(7)) as a lock: one per network namespace, gone with its holder."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0catalyst-public-range-{public_range}")
    except OSError:
        claim.close()
        return None
    return claim


def _is_local(address: IPv4Address) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def _can_serve_names(public_range: IPv4Network) -> bool:
    """Whether port 53 is ours to take. Raises `CannotStart` when we have no right to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(public_range[_NAMESERVER]), 53))
        except PermissionError:
            raise CannotStart(
                "port 53 may not be taken by this user: run as root, "
                "or: sudo sysctl net.ipv4.ip_unprivileged_port_start=53"
            ) from None
        except OSError:
            return False
    return True
