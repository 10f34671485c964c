"""What the machine's `systemctl` asks of its boot: lines in a named pipe, `start <unit>`."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.localcloud.machines.layout import MachineDir
from infra.localcloud.machines.user_data import k3s_settings

_WANTED = "/etc/systemd/system/multi-user.target.wants"
_ONE_WRITE = 4096  # PIPE_BUF: whoever writes less, writes in one piece


def enabled(machine: MachineDir) -> list[str]:
    """Units of k3s that start with the machine."""
    # The links lead nowhere on the way through our tree; that they are there is what counts.
    return [
        name
        for name in k3s_settings.UNITS
        if machine.in_root(f"{_WANTED}/{name}.service").is_symlink()
    ]


@contextlib.contextmanager
def listening(pipe: Path, on_start: Callable[[str], None]) -> Iterator[None]:
    """Call `on_start` with each unit that is to be started."""
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    # Both ways, so that it stays open between one writer and the next.
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    loop = asyncio.get_running_loop()

    def readable() -> None:
        for line in os.read(descriptor, _ONE_WRITE).decode().splitlines():
            verb, _, unit = line.partition(" ")
            if verb == "start":
                on_start(unit)

    loop.add_reader(descriptor, readable)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
