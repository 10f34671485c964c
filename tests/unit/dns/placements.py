"""Any placement that can be asked for, with text as odd as it gets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from hypothesis import strategies as st

from dns.placement.modes import (
    ActiveActive,
    Address,
    Closest,
    Failover,
    Placement,
    Probe,
    Single,
    Weighted,
)

_HOSTS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,8}){1,3}", fullmatch=True)
_PATHS = st.from_regex(r"(/[A-Za-z0-9._~-]{0,12}){0,3}", fullmatch=True)
_ODD = st.text(alphabet=st.sampled_from("\"'\\{}();%\n\0é a0"), max_size=30) | st.text(max_size=60)
PROBES = st.builds(
    lambda scheme, host, path, text, seconds: Probe(f"{scheme}://{host}{path}", text, seconds),
    st.sampled_from(["http", "https"]),
    _HOSTS,
    _PATHS,
    _ODD,
    st.integers(1, 30),
)
# For documentation (RFC 5737, RFC 3849): a name server that probes them reaches nobody.
_ADDRESSES = st.integers(0, 255).map(lambda last: IPv4Address(f"192.0.2.{last}")) | st.integers(
    0, 2**64
).map(lambda low: IPv6Address(int(IPv6Address("2001:db8::")) + low))


def placements(*, most: int = 20) -> st.SearchStrategy[Placement]:
    """With up to `most` places."""
    places = st.lists(_ADDRESSES, min_size=1, max_size=most, unique=True)
    weights = st.lists(st.integers(1, 1000), min_size=most, max_size=most)
    return st.one_of(
        st.builds(lambda places: Single(tuple(places)), places),
        st.builds(lambda places, probe: ActiveActive(tuple(places), probe), places, PROBES),
        st.builds(lambda places, probe: Closest(tuple(places), probe), places, PROBES),
        st.builds(_failover, places, st.integers(1, 5), PROBES),
        st.builds(_weighted, places, weights),
    )


def _failover(places: list[Address], groups: int, probe: Probe) -> Failover:
    return Failover(tuple(tuple(places[start::groups]) for start in range(groups)), probe)


def _weighted(places: list[Address], weights: list[int]) -> Weighted:
    return Weighted(tuple(zip(weights, places, strict=False)))
