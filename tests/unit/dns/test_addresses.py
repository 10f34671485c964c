"""Only public addresses are published, in one spelling."""

from __future__ import annotations

import pytest

from dns.pools.addresses import public_v4, public_v6
from dns.pools.problems import InvalidAddress


@pytest.mark.parametrize(
    "text",
    [
        "999.1.1.1",
        "10.0.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "192.0.2.1",
        "198.51.100.7",
        "0.0.0.0",
        "255.255.255.255",
        "1.2.3.4\n*.evil A",
        "1.2.3.4 ",
        "01.2.3.4",
        "1.2.3",
        "::1",
        "",
        "localhost",
    ],
)
def test_dns_t14_given_no_public_ipv4_when_checked_then_refused(text: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        public_v4(text)
    assert refused.value.extra["field"] == "address_v4"


def test_given_a_laptop_range_when_checked_then_it_and_only_it_is_let_through() -> None:
    assert public_v4("198.51.100.7", also=("198.51.100.0/24",)) == "198.51.100.7"
    with pytest.raises(InvalidAddress):
        public_v4("10.0.0.1", also=("198.51.100.0/24",))


def test_given_public_addresses_when_checked_then_canonical() -> None:
    assert public_v4("88.99.1.2") == "88.99.1.2"
    assert public_v6("2A01:04F8:0:0::1") == "2a01:4f8::1"


@pytest.mark.parametrize(
    "text",
    [
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "2a01:4f8::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:88.99.1.2",
        "2002:5863:102::1",
        "88.99.1.2",
        "2a01:4f8::1\n",
    ],
)
def test_dns_t14_given_no_public_ipv6_when_checked_then_refused(text: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        public_v6(text)
    assert refused.value.extra["field"] == "address_v6"
