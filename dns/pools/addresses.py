"""Which addresses may be published for a Sovereign: public ones, in their canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address

from dns.pools.problems import InvalidAddress


def public_v4(text: str, *, also: Iterable[str] = ()) -> str:
    """A public IPv4 address, or one in the networks `also` (laptop only). Raises InvalidAddress."""
    try:
        address = IPv4Address(text)
    except AddressValueError as error:
        raise _refused(f"{text!r} is not an IPv4 address.", "address_v4") from error
    public = address.is_global and not address.is_multicast
    if not public and not any(address in IPv4Network(network) for network in also):
        raise _refused(f"{address} is not a public address.", "address_v4")
    return str(address)


def public_v6(text: str) -> str:
    """A public IPv6 address that is not an IPv4 one in disguise. Raises InvalidAddress."""
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise _refused(f"{text!r} is not an IPv6 address.", "address_v6") from error
    disguised = address.ipv4_mapped or address.sixtofour or address.teredo
    if address.scope_id or disguised or address.is_multicast or not address.is_global:
        raise _refused(f"{address} is not a public address.", "address_v6")
    return str(address)


def _refused(detail: str, field: str) -> InvalidAddress:
    return InvalidAddress(detail, field=field)
