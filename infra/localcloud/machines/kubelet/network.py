"""The network of Pods: an address each, in a network name space kept by a process that only waits.

The other end of its cable (veth(4)) is ours; the name space and both ends vanish with the process.
"""

import asyncio
import contextlib
import hashlib
import os
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

# Link-local gateway with a fixed hardware address on every cable, as Calico does it: no Pod needs
# a network of its own to reach its node.
_GATEWAY, _GATEWAY_MAC = "169.254.1.1", "ee:ee:ee:ee:ee:ee"
_LOOK_AGAIN_SECONDS = 0.005


class NetworkProblem(RuntimeError):
    """The kernel refused; the message has its words."""


class AddressPool:
    """The addresses of one node's Pods; its first and last are left out."""

    def __init__(self, network: IPv4Network) -> None:
        self._free = [str(address) for address in network.hosts()][1:]

    def take(self) -> str:
        """The address that has been free for the longest. Raises NetworkProblem."""
        if not self._free:
            raise NetworkProblem("every Pod address of this node is taken")
        return self._free.pop(0)

    def give_back(self, address: str) -> None:
        self._free.append(address)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`process` keeps the name spaces alive; containers enter them by its id."""

    address: str
    process: asyncio.subprocess.Process

    @property
    def enter(self) -> list[str]:
        """What stands before a command that runs in this Pod's network."""
        pid = self.process.pid
        return ["nsenter", f"--net=/proc/{pid}/ns/net", f"--uts=/proc/{pid}/ns/uts", "--"]

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def open_sandbox(uid: str, hostname: str, address: str, node_address: str) -> Sandbox:
    """Name spaces for a Pod, reachable at `address` from here. Raises NetworkProblem."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("unshare", "--net", "--uts", "--", "sleep", "infinity"),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    sandbox = Sandbox(address, process)
    try:
        await _unshared(process)
        await _connect(sandbox, uid, hostname, node_address)
    except BaseException:
        await sandbox.close()
        raise
    return sandbox


async def _unshared(process: asyncio.subprocess.Process) -> None:
    ours = os.readlink("/proc/self/ns/uts")
    while True:
        if process.returncode is not None:
            raise NetworkProblem("no name spaces of its own: this needs to run as root")
        with contextlib.suppress(FileNotFoundError):
            # Of the two it asks for at once, it has both or none.
            if os.readlink(f"/proc/{process.pid}/ns/uts") != ours:
                return
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _connect(sandbox: Sandbox, uid: str, hostname: str, node_address: str) -> None:
    cable = "cat" + hashlib.sha256(uid.encode()).hexdigest()[:11]
    # With a source address that is ours for sure, even on a computer that is on no network.
    await _ip(
        [],
        f"link add {cable} address {_GATEWAY_MAC} type veth"
        f" peer name eth0 netns {sandbox.process.pid}",
        f"link set {cable} up",
        f"route replace {sandbox.address}/32 dev {cable} src {node_address}",
    )
    # From Pod to Pod, for this cable only: the computer itself forwards as it did before.
    Path(f"/proc/sys/net/ipv4/conf/{cable}/forwarding").write_text("1")
    await _ip(
        sandbox.enter,
        "link set lo up",
        f"addr add {sandbox.address}/32 dev eth0",
        "link set eth0 up",
        f"neigh add {_GATEWAY} lladdr {_GATEWAY_MAC} dev eth0 nud permanent",
        f"route add {_GATEWAY} dev eth0 scope link",
        f"route add default via {_GATEWAY} dev eth0",
    )
    await _run([*sandbox.enter, "hostname", hostname], "")


async def _ip(enter: list[str], *lines: str) -> None:
    await _run([*enter, "ip", "-batch", "-"], "\n".join(lines))


async def _run(argv: list[str], told: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(told.encode())
    if process.returncode != 0:
        raise NetworkProblem(f"{' '.join(argv[-3:])}: {said.decode().strip()}")
