"""Which addresses a cluster gives to its Pods and Services.

k3s gives every cluster 10.42.0.0/16 and 10.43.0.0/16. Here all clusters share one computer, so each
takes its own /22 of both, number 0 to 63; the kernel keeps who has which. Of several control planes
the one that holds the slice serves Services and names for all of them.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import islice

PODS = IPv4Network("10.42.0.0/16")
SERVICES = IPv4Network("10.43.0.0/16")
COUNT = 64
_LOOK_AGAIN_SECONDS = 0.5


class NoSliceFree(RuntimeError):
    """Every slice is taken by another cluster, or Pods of none could be reached."""


@dataclass(frozen=True, slots=True)
class Slice:
    """`pods` is cut into a /25 for each node: 8 nodes of 126 Pods."""

    number: int

    @property
    def pods(self) -> IPv4Network:
        return _nth(PODS, self.number)

    @property
    def services(self) -> IPv4Network:
        return _nth(SERVICES, self.number)

    @property
    def api(self) -> IPv4Address:
        """ClusterIP of the Service `kubernetes`: the first address, as the API server decides."""
        return self.services[1]

    @property
    def names(self) -> IPv4Address:
        """ClusterIP of the cluster's DNS, the tenth as in k3s."""
        return self.services[10]


@dataclass(frozen=True, slots=True)
class Claim:
    """A slice that is ours until `close`, or until this process ends in whatever way."""

    slice: Slice
    holder: socket.socket

    def close(self) -> None:
        self.holder.close()


def claim(first_try: int, *, or_next: bool = True) -> Claim:
    """The slice `first_try`, or the next free one after it. Raises NoSliceFree."""
    numbers = [(first_try + n) % COUNT for n in range(COUNT if or_next else 1)]
    for number in numbers:
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # An abstract name (unix(7)): given back by the kernel when its holder dies.
            holder.bind(f"\0catalyst-cluster-{number}")
        except OSError:
            holder.close()
            continue
        return Claim(Slice(number), holder)
    raise NoSliceFree(f"the addresses of cluster {first_try} are taken")


async def stand_by(number: int) -> Claim:
    """The slice `number` as soon as nobody else holds it: whoever does, serves its addresses."""
    while True:
        try:
            return claim(number, or_next=False)
        except NoSliceFree:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def must_reach_pods(network: IPv4Network) -> None:
    """Raises NoSliceFree when addresses of Pods are this computer's own: none would be reached."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((str(network[20]), 0))
        except OSError:
            return
    raise NoSliceFree(
        f"{network} is local to this computer, so that no Pod there can be reached. If you made it "
        f"so, run this and start again:\n  sudo ip route del local {PODS} dev lo"
    )


def _nth(network: IPv4Network, number: int) -> IPv4Network:
    return next(islice(network.subnets(new_prefix=22), number, None))
