"""Whether an address that a stranger named, or a name of theirs led to, is one of the internet's.

Whoever brings a domain chooses where its names and name servers lead: without this, into our own
network. The rule for callers: resolve once, judge, connect to exactly the address that was judged,
follow no redirect. RFC 6890 and the IANA registries of special addresses, as Python knows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

from catalyst.problem import Problem

# All that IANA has given out for hosts of the internet. What is outside of it leads to a host here
# (::1, fc00::/7, fe80::/10), to nobody, or through a translator to an IPv4 one (::ffff:0:0/96,
# 64:ff9b::/96, 64:ff9b:1::/48).
GLOBAL_UNICAST = IPv6Network("2000::/3")
# The translators inside of it: 6to4 and Teredo carry an IPv4 address that nobody would see judged.
DISGUISES = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))


class NotOutside(Problem):
    """The address is not of the internet, and nothing is to be asked there."""

    type = "address-not-public"
    title = "This address is not public"
    status = 400


def judge(text: str, *, also: Iterable[str] | None = None) -> IPv4Address | IPv6Address:
    """The address, if it is one of the internet. Raises NotOutside, also for what is none.

    `also`: networks that stand for the internet; those of the laptop stack unless told.
    """
    try:
        address = ip_address(text)
    except ValueError as error:
        raise NotOutside(f"{text!r} is not an address.") from error
    stand_ins = settings.CATALYST.balancer_ranges if also is None else also
    if any(address in ip_network(network) for network in stand_ins) or _of_the_internet(address):
        return address
    raise NotOutside(f"{address} is not a public address.")


def is_outside(text: str) -> bool:
    try:
        judge(text)
    except NotOutside:
        return False
    return True


def _of_the_internet(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return True
    plain = not address.scope_id and address in GLOBAL_UNICAST
    return plain and not any(address in network for network in DISGUISES)
