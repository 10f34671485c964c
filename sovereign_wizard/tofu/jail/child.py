"""What the supervisor's child does to itself between fork and exec. Standard library only.

Needs one thread. What cannot be done raises OSError: then tofu is not started.
Sources: namespaces(7), user_namespaces(7), netdevice(7), prctl(2), getrlimit(2).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
SIOCSIFFLAGS = 0x8914
SIOCSIFADDR = 0x8916
IFF_UP = 1
LOOPBACK_INDEX = 1  # `lo` is the first interface of every network namespace

# Go keeps large address ranges it never touches; a server's worth of memory is still an end.
ADDRESS_SPACE = 64 << 30
FILE_BYTES = 1 << 30
OPEN_FILES = 4096
# Threads count; tofu with one provider has some sixty.
PROCESSES = 512

_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Door:
    """A TCP address inside that leads to one host and port outside."""

    inside: str
    inside_port: int
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Door:
        """`ADDRESS|PORT|HOST|PORT`: no sign of an IPv6 address."""
        inside, inside_port, host, port = text.split("|")
        return cls(inside, int(inside_port), host, int(port))

    def __str__(self) -> str:
        return f"{self.inside}|{self.inside_port}|{self.host}|{self.port}"


class OwnNetwork:
    """An empty network for the child; the doors' listening sockets come back to the parent.

    A socket belongs to the network it was made in, whoever holds it: so what is accepted inside can
    be carried on by a process that lives outside.
    """

    def __init__(self, doors: tuple[Door, ...]) -> None:
        self.doors = doors
        self._here, self._there = socket.socketpair()

    def enter(self) -> None:
        """In the child."""
        uid, gid = os.getuid(), os.getgid()
        if _LIBC.unshare(CLONE_NEWNET) != 0:
            # Not root: a user namespace of our own, in which we may.
            _checked(_LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET))
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
        listening = [self._listen(number, door) for number, door in enumerate(self.doors, start=1)]
        if listening:
            socket.send_fds(self._there, [b"."], [each.fileno() for each in listening])

    def take(self) -> list[int]:
        """In the parent, once the child has begun its program: a descriptor for every door."""
        if not self.doors:
            return []
        _, found, _, _ = socket.recv_fds(self._here, 1, len(self.doors))
        if len(found) != len(self.doors):
            raise OSError("the network's doors did not come")
        return list(found)

    @staticmethod
    def _listen(number: int, door: Door) -> socket.socket:
        address = ip_address(door.inside)
        if not address.is_loopback:
            _make_local(number, address)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((str(address), door.inside_port))
        made.listen(64)
        return made


def _make_local(number: int, address: IPv4Address | IPv6Address) -> None:
    if address.version == 4:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            name, family = f"lo:{number}".encode(), struct.pack("=H", socket.AF_INET)
            asked = struct.pack("16s2s2x4s16x", name, family, address.packed)
            fcntl.ioctl(control, SIOCSIFADDR, asked)
    else:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
            asked = struct.pack("=16sIi", address.packed, 128, LOOPBACK_INDEX)
            fcntl.ioctl(control, SIOCSIFADDR, asked)


def limit(*, processes: bool) -> None:
    """Bounds of this process and all it starts. `processes`: nobody else shares the count."""
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: ADDRESS_SPACE,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    if processes:
        bounds[resource.RLIMIT_NPROC] = PROCESSES
    for which, wanted in bounds.items():
        _, most = resource.getrlimit(which)
        bound = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(which, (bound, bound))


def gain_nothing() -> None:
    """No program started from here can get a right by being started."""
    _checked(_LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def lose_capabilities() -> None:
    """For a root that is not walled in: what it starts next has no capability any more."""
    for capability in range(64):
        with suppress(OSError):
            _checked(_LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))


def _checked(answer: int) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
