"""Places of this computer that a first boot writes to, as long as they are the machine's own."""

from __future__ import annotations

import os
import socket
from pathlib import Path

# What the commands write on the machine, and must never write here.
MARKED = (
    *("/etc/catalyst", "/etc/rancher", "/etc/systemd/system/k3s.service", "/var/lib/cloud"),
    *("/usr/local/bin/k3s", "/usr/local/sbin/catalyst-first-boot", "/run/local-cloud"),
    *("/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/ssl/certs/ca-certificates.crt"),
    *("/etc/apt/apt.conf.d", "/etc/ssh", "/etc/systemd/system/multi-user.target.wants"),
)


def marks() -> dict[str, object]:
    """What is there of these, and when it was last changed."""
    found: dict[str, object] = {"host name": socket.gethostname()}
    for path in map(Path, MARKED):
        found[str(path)] = os.stat(path).st_mtime_ns if path.exists() else None
    return found
