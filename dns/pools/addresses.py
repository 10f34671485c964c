"""Which addresses may be published for a Sovereign: public ones, in their canonical form."""

from __future__ import annotations

from collections.abc import Iterable

from catalyst.outside import NotOutside, judge
from dns.pools.problems import InvalidAddress


def public_v4(text: str, *, also: Iterable[str] = ()) -> str:
    """A public IPv4 address, or one in the networks `also` (laptop only). Raises InvalidAddress."""
    return _public(text, 4, also)


def public_v6(text: str) -> str:
    """A public IPv6 address that is not an IPv4 one in disguise. Raises InvalidAddress."""
    return _public(text, 6, ())


def _public(text: str, version: int, also: Iterable[str]) -> str:
    field = f"address_v{version}"
    try:
        address = judge(text, also=also)
    except NotOutside as refused:
        raise InvalidAddress(refused.detail, field=field) from refused
    if address.version != version:
        raise InvalidAddress(f"{text!r} is not an IPv{version} address.", field=field)
    return str(address)
