"""Starts tofu locked in, as the supervisor's child that dies with it. Standard library only."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sovereign_wizard.tofu.jail import child as inside
from sovereign_wizard.tofu.jail import fence

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

NEVER_STARTED = 125
"""Exit code when nothing was run: stdin closed before the "go", or the supervisor was gone."""

RELAY = Path(__file__).with_name("relay.py")

_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Jail:
    """How tofu is locked in; at most one of `room` and `fenced` is true.

    `keep`: descriptors that it inherits. `doors` belong to a room; `reads`, `writes` and `ports` to
    a fence.
    """

    keep: tuple[int, ...] = ()
    room: bool = False
    doors: tuple[inside.Door, ...] = ()
    fenced: bool = False
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()


def start(argv: list[str], jail: Jail) -> subprocess.Popen[bytes]:
    """tofu, dying with us. Must run in the main thread: PDEATHSIG follows the starting thread."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    parent = os.getpid()
    network = inside.OwnNetwork(jail.doors) if jail.room else None

    def lock_in() -> None:
        if network is not None:
            network.enter()
        else:
            inside.lose_capabilities()
        inside.limit(processes=jail.room)
        inside.gain_nothing()
        if jail.fenced:
            fence.enter(reads=jail.reads, writes=jail.writes, ports=jail.ports)
        die_with_parent()

    def die_with_parent() -> None:
        # Last: the kernel forgets it when a process gets other rights.
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(NEVER_STARTED)

    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=jail.keep,
        preexec_fn=lock_in,  # noqa: PLW1509 - one thread only
    )
    if network is not None and (listening := network.take()):
        _carry(listening, jail.doors, die_with_parent)
    return child


def _carry(
    listening: list[int], doors: tuple[inside.Door, ...], before: Callable[[], None]
) -> None:
    """Start the relay behind the doors; it ends with our children."""
    ways = [f"{fd}|{door.host}|{door.port}" for fd, door in zip(listening, doors, strict=True)]
    subprocess.Popen(
        [sys.executable, "-I", "-S", str(RELAY), *ways],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={},
        pass_fds=listening,
        preexec_fn=before,  # noqa: PLW1509 - one thread only
    )
    for descriptor in listening:
        os.close(descriptor)


def program_in(bwrap: int) -> int | None:
    """The program in bwrap's room: the only child of the room's first process, bwrap's only child.

    None while the room is being made and when the program has ended.
    """
    pid = bwrap
    for _ in ("init", "program"):
        try:
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        if not found:
            return None
        pid = int(found[0])
    return pid
