"""Hands out addresses: public ones from the local range, private ones from a network's subnets.

What is in use is always read from the resources; nothing is remembered twice. A public address that
was given back is the last to be given again, because the world caches names.
"""

from ipaddress import IPv4Address, IPv4Network

from infra.localcloud.hetzner.errors import ApiError, invalid
from infra.localcloud.hetzner.store import Resource, Store

# The map of the range is fixed in docs/architecture.md, "The laptop stack".
MACHINES = (*range(20, 53), *range(56, 128))
LOAD_BALANCERS = tuple(range(128, 254))


def public_address(store: Store, network: IPv4Network, pool: tuple[int, ...]) -> str:
    """A free address of the pool. Raises resource_unavailable when none is left."""
    used = public_in_use(store)
    name = f"last address {pool[0]}"
    last = int(store.note(name) or 0)
    for host in (*(n for n in pool if n > last), *(n for n in pool if n <= last)):
        address = str(network[host])
        if address not in used:
            store.write_note(name, str(host))
            return address
    raise ApiError("resource_unavailable", "no public IPv4 address is left in this location")


def public_in_use(store: Store) -> set[str]:
    used = {row.body["address"] for row in store.all("server")}
    for kind in ("primary_ip", "floating_ip"):
        used |= {row.body["ip"] for row in store.all(kind) if row.body["type"] == "ipv4"}
    used |= {row.body["address"] for row in store.all("load_balancer")}
    return used


def public_ipv6(identifier: int) -> str:
    """The /64 of a resource, out of the documentation range (RFC 3849)."""
    return f"2001:db8:{identifier >> 16:x}:{identifier & 0xFFFF:x}::"


def private_address(
    store: Store, network: Resource, zone: str, *, wanted: str | None, ip_range: str | None
) -> str:
    """The wanted or the first free address of a fitting subnet.

    Raises `no_subnet_available`, `ip_not_available`, or invalid_input.
    """
    subnets = [
        IPv4Network(subnet["ip_range"])
        for subnet in network.body["subnets"]
        if subnet["network_zone"] == zone and subnet["type"] in ("cloud", "server")
    ]
    if ip_range is not None:
        subnets = [subnet for subnet in subnets if str(subnet) == ip_range]
    if not subnets:
        raise ApiError("no_subnet_available", f"no subnet in network zone {zone} is available")
    used = private_in_use(store, network) | {gateway(network)}
    if wanted is not None:
        return _wanted(wanted, subnets, used)
    for subnet in subnets:
        for host in subnet.hosts():
            if str(host) not in used:
                return str(host)
    raise ApiError("no_subnet_available", "no address is left in the subnets of the network")


def _wanted(wanted: str, subnets: list[IPv4Network], used: set[str]) -> str:
    try:
        address = IPv4Address(wanted)
    except ValueError as error:
        raise invalid("ip", f"'{wanted}' is not an IPv4 address") from error
    inside = any(address in subnet and address not in (subnet[0], subnet[-1]) for subnet in subnets)
    if not inside or str(address) in used:
        raise ApiError("ip_not_available", f"ip {wanted} is not available")
    return str(address)


def private_in_use(store: Store, network: Resource) -> set[str]:
    used: set[str] = set()
    project = network.project
    for row in (*store.all("server", project), *store.all("load_balancer", project)):
        for private in row.body["private_net"]:
            if private["network"] == network.id:
                used |= {private["ip"], *private.get("alias_ips", [])}
    return used


def gateway(network: Resource) -> str:
    """The first address of the network, for every subnet (vendor documentation, "Networks")."""
    return str(IPv4Network(network.body["ip_range"])[1])
