"""Secrets the machine makes for itself, once, on its own disk, 0600."""

from collections.abc import Callable

from infra.localcloud.machines.layout import MachineDir, read_private, write_private

FOLDER = "/var/lib/catalyst"


def made_once(machine: MachineDir, path: str, make: Callable[[], str]) -> str:
    file = machine.in_root(path)
    if not file.exists():
        write_private(file, make())
    return read_private(file)
