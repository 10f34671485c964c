"""The one interface between the cloud and whatever a machine is made of."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Machine:
    """A server as it should be. `boots` grows with every reset, `disk` with every rebuild, which
    leaves nothing of the disk before; `address` is where it listens."""

    id: int
    name: str
    address: str
    powered: bool
    boots: int
    disk: int = 0


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """`power`: `on` or `off`. `phase`: what the machine says it is doing, e.g. `serving`."""

    power: str
    phase: str


class Boot(Protocol):
    """Implementations must survive any order of these calls and being killed between them."""

    async def start(self, machine: Machine) -> None:
        """Turn it on, with an empty disk if `disk` has grown; return when it is on its way."""

    async def stop(self, machine_id: int) -> None:
        """Turn it off; return when none of its processes is left."""

    async def erase(self, machine_id: int) -> None:
        """Remove everything it kept. Only called when it is off."""

    def status(self, machine_id: int) -> MachineStatus: ...

    def known(self) -> set[int]:
        """Ids of machines that have a disk."""
