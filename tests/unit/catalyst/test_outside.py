"""Where a stranger's names may lead us (check 12): to the internet, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from catalyst.outside import is_outside


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("9.9.9.9", True),
        ("2620:fe::9", True),
        ("203.0.113.9", True),  # the laptop's range, below
        ("127.0.0.1", False),
        ("10.0.0.10", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("fd00::1", False),
        ("224.0.0.251", False),
        # Every cloud's metadata, carrier-grade NAT, and what Alibaba's has there.
        ("fd00:ec2::254", False),
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("0.0.0.0", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("2620:fe::9%eth0", False),
        ("fec0::1", False),
        # 127.0.0.1 behind translators: mapped, compatible, NAT64 (twice), 6to4, Teredo.
        ("::ffff:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("2130706433", False),
        ("0x7f.1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_given_an_address_then_only_the_internets_are_asked(
    settings: Any, address: str, asked: bool
) -> None:
    ranges = {"balancer_ranges": ("203.0.113.0/24",)}
    settings.CATALYST = settings.CATALYST.model_copy(update=ranges)
    assert is_outside(address) is asked
