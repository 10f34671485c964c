"""From one tofu command to the supervisor's argv on this machine, jail and all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sovereign_wizard.tofu.command import Command
from sovereign_wizard.tofu.environment import Environment
from sovereign_wizard.tofu.jail import doors, mirror, walls
from sovereign_wizard.tofu.jail.degree import Degree, Kind
from sovereign_wizard.tofu.jail.doors import Doors
from sovereign_wizard.tofu.workdir import Workdir

# What tofu's own programs ask the system for; a room brings these, a fence has to name them.
_SYSTEM = ("/usr", *(f"/{name}" for name in walls.LINKS))
_NAMES = ("/etc/hosts", "/etc/resolv.conf", "/etc/passwd", "/etc/group")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")


@dataclass(frozen=True, slots=True)
class Launch:
    """`options` and `argv` are the supervisor's; `keep` are descriptors that it must inherit."""

    options: tuple[str, ...]
    argv: tuple[str, ...]
    keep: tuple[int, ...]


@contextmanager
def of(command: Command, *, environment: Environment, workdir: Workdir) -> Iterator[Launch]:
    """How to start this command. Raises ProvidersNotPinned."""
    values = environment.reveal()
    sees = [Path(command.argv[0]), *_sees(values)]
    found, ways = workdir.jail, doors.of(values)
    if found.kind is Kind.WALLS:
        with _text(ways.hosts) as hosts:
            yield _walled(command, found, ways, [*sees, *ways.sockets], hosts, workdir)
    else:
        options = [f"--keep={workdir.lock}"]
        if found.kind is Kind.FENCE:
            options += _fenced(ways, sees, workdir)
        yield Launch(tuple(options), command.argv, (workdir.lock,))


def _sees(values: dict[str, str]) -> Iterator[Path]:
    config = Path(values["TF_CLI_CONFIG_FILE"])
    yield from (config, mirror.folder(config))
    if bundle := values.get("SSL_CERT_FILE"):
        yield Path(bundle)


def _walled(
    command: Command, found: Degree, ways: Doors, sees: list[Path], hosts: int, workdir: Workdir
) -> Launch:
    assert found.bwrap is not None
    # The lock is a descriptor of a folder outside: from there a way leads to all folders, so it
    # stays with the supervisor, which nobody in the room outlives.
    return Launch(
        ("--room", f"--keep={hosts}", *(f"--door={door}" for door in ways.doors)),
        tuple(
            walls.argv(
                command.argv,
                bwrap=found.bwrap,
                workdir=workdir.path,
                sees=sees,
                hosts=hosts,
                user=workdir.user,
            )
        ),
        (hosts, workdir.lock),
    )


def _fenced(ways: Doors, sees: list[Path], workdir: Workdir) -> list[str]:
    reads = [*_SYSTEM, *(f"/etc/{name}" for name in walls.FROM_ETC), *_NAMES, "/proc/self"]
    reads += [str(path.resolve()) for path in sees]
    return [
        "--fenced",
        *(f"--reads={path}" for path in reads),
        *(f"--writes={path}" for path in (str(workdir.path), *_DEVICES)),
        *(f"--port={port}" for port in sorted({door.port for door in ways.doors})),
    ]


@contextmanager
def _text(content: str) -> Iterator[int]:
    """A file that only those who inherit the descriptor can read."""
    descriptor = os.memfd_create("hosts")
    try:
        os.write(descriptor, content.encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
