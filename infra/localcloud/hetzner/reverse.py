"""Reverse DNS of public addresses: a default name each, and the names customers set.

A name that was set is kept beside the address, in the row that owns it. Nothing serves them.
"""

from infra.localcloud.hetzner.store import Json, Resource


def default_name(address: str) -> str:
    """The PTR name an address has by itself, in a name space nobody owns (RFC 2606)."""
    dashed = address.rstrip(":").replace(".", "-").replace(":", "-")
    return f"static.{dashed}.clients.example"


def name_of(row: Resource, address: str) -> str:
    name: str = row.body.get("dns_ptr", {}).get(address) or default_name(address)
    return name


def pointers(row: Resource) -> list[Json]:
    """As the API shows them: the one of an IPv4 address, or those set in an IPv6 network."""
    if row.body["type"] == "ipv4":
        return [{"ip": row.body["ip"], "dns_ptr": name_of(row, row.body["ip"])}]
    return [{"ip": ip, "dns_ptr": name} for ip, name in row.body.get("dns_ptr", {}).items()]


def set_name(row: Resource, address: str, name: str) -> None:
    """An empty name brings the default back."""
    names: dict[str, str] = row.body.setdefault("dns_ptr", {})
    if name:
        names[address] = name
    else:
        names.pop(address, None)
