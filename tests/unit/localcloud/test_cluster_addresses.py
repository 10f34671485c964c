"""Clusters share one computer: no two ever have the same addresses."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Network

import pytest

from infra.localcloud.machines.control_plane import slices
from infra.localcloud.machines.control_plane.slices import COUNT, Claim, NoSliceFree, Slice


def test_given_all_slices_then_none_overlaps_another() -> None:
    for kind in ("pods", "services"):
        networks = [getattr(Slice(number), kind) for number in range(COUNT)]
        assert len({network.network_address for network in networks}) == COUNT
        assert sum(network.num_addresses for network in networks) == 2**16


def test_given_a_cluster_when_a_second_one_comes_then_it_takes_another_slice() -> None:
    first = slices.claim(17)
    second = slices.claim(first.slice.number)
    try:
        assert first.slice != second.slice
        with pytest.raises(NoSliceFree):
            slices.claim(first.slice.number, or_next=False)
    finally:
        first.close()
        second.close()


def test_given_a_slice_somebody_holds_then_whoever_stands_by_has_it_when_that_one_ends() -> None:
    async def stand_by() -> Claim:
        first = slices.claim(23)
        waiting = asyncio.create_task(slices.stand_by(first.slice.number))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        first.close()
        return await waiting

    taken = asyncio.run(stand_by())
    try:
        with pytest.raises(NoSliceFree):
            slices.claim(taken.slice.number, or_next=False)
    finally:
        taken.close()


def test_given_pod_addresses_that_are_this_computer_s_own_then_it_says_so() -> None:
    slices.must_reach_pods(IPv4Network("192.0.2.128/25"))  # nobody's (RFC 5737)
    with pytest.raises(NoSliceFree, match="ip route del"):
        slices.must_reach_pods(IPv4Network("127.0.0.0/24"))
