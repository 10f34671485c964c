"""Makes the public range local on `lo`, so that any address in it can be bound.

It adds one route and nothing else; it never removes or changes a route that is there.
"""

import errno
import socket
import subprocess
from ipaddress import IPv4Network


class RangeNotLocal(RuntimeError):
    """The range is not local and we have no right to make it so; the message names the command."""


def ensure_local(network: IPv4Network) -> None:
    """Return when addresses of `network` can be bound. Raises RangeNotLocal."""
    if _bindable(network):
        return
    command = ["ip", "route", "add", "local", str(network), "dev", "lo"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        reason = answer.stderr.strip()
    except FileNotFoundError:
        reason = "the program `ip` (Debian package iproute2) is not installed"
    if not _bindable(network):
        raise RangeNotLocal(
            f"the addresses {network} are not local to this computer ({reason}). "
            f"Run this once and start again:\n  sudo {' '.join(command)}"
        )


def _bindable(network: IPv4Network) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((str(network[20]), 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return False
            raise
    return True
