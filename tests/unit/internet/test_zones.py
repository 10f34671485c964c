"""Which delegations the registry takes, and what it writes for them."""

from __future__ import annotations

import pytest

from infra.localcloud.internet import zones
from infra.localcloud.internet.zones import Delegation, InvalidDelegation, RRset

DIGEST = f"12345 13 2 {'ab' * 32}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openova.io", ("openova.io.", "io.")),
        ("OpenOva.IO.", ("openova.io.", "io.")),
        ("xn--mgb.works", ("xn--mgb.works.", "works.")),
    ],
)
def test_given_a_name_under_a_tld_then_its_domain_and_zone_are_known(
    name: str, expected: tuple[str, str]
) -> None:
    assert zones.registrable(name, ["io", "works"]) == expected


@pytest.mark.parametrize(
    "name", ["io", "a.b.io", "a.com", "-a.io", "a-.io", "a_b.io", "", ".io", "é.io", "nic.io"]
)
def test_given_a_name_that_cannot_be_registered_then_it_is_refused(name: str) -> None:
    with pytest.raises(InvalidDelegation):
        zones.registrable(name, ["io", "works"])


def test_given_a_delegation_then_its_records_are_one_of_each_kind() -> None:
    made = zones.delegation(
        "a.io.",
        nameservers=["NS1.a.io", "ns1.a.io.", "ns.b.com."],
        glue={"ns1.a.io": ["198.51.100.53", "198.51.100.53"]},
        ds=[DIGEST.upper(), DIGEST],
    )

    assert set(made.rrsets()) == {
        RRset("a.io.", "NS", ("ns1.a.io.", "ns.b.com.")),
        RRset("a.io.", "DS", (DIGEST,)),
        RRset("ns1.a.io.", "A", ("198.51.100.53",)),
    }
    assert Delegation.read("a.io.", made.rrsets()) == made


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"nameservers": []}, "nameservers"),
        ({"nameservers": [f"ns{number}.b.com." for number in range(14)]}, "nameservers"),
        ({"nameservers": ["not a host"]}, "not a host"),
        ({"nameservers": ["ns1.a.io."]}, "ns1.a.io. is inside"),
        ({"glue": {"ns.b.com.": ["198.51.100.53"]}}, "ns.b.com. is not inside"),
        ({"glue": {"ns.xa.io.": ["198.51.100.53"]}}, "ns.xa.io. is not inside"),
        ({"glue": {"ns.a.io.": ["2001:db8::1"]}}, "2001:db8::1"),
        ({"glue": {"ns.a.io.": []}}, "ns.a.io."),
        ({"ds": ["12345 13 2 abcd"]}, "not a DS record"),
        ({"ds": ["nonsense"]}, "not a DS record"),
    ],
)
def test_given_a_wrong_delegation_then_the_complaint_names_what_is_wrong(
    change: dict[str, object], complaint: str
) -> None:
    good: dict[str, object] = {"nameservers": ["ns.b.com."], "glue": {}, "ds": []}

    with pytest.raises(InvalidDelegation, match=complaint):
        zones.delegation("a.io.", **{**good, **change})  # type: ignore[arg-type]


def test_given_what_is_there_then_only_differences_under_the_name_are_written() -> None:
    kept = RRset("a.io.", "NS", ("ns.b.com.",))
    other = RRset("ns1.c.io.", "A", ("198.51.100.1",))
    gone = RRset("ns1.a.io.", "A", ("198.51.100.2",))
    new = RRset("a.io.", "DS", (DIGEST,))

    difference = zones.changes(
        [kept, other, gone], [kept, new], covers=lambda name: zones.is_within(name, "a.io.")
    )

    assert set(difference) == {RRset("ns1.a.io.", "A", ()), new}


def test_given_a_zone_that_the_server_renumbered_then_its_soa_is_left_alone() -> None:
    desired = zones.tld_zone("io", "198.51.100.3")
    present = [RRset("io.", "SOA", ("renumbered",)), *desired[1:]]

    assert zones.changes(present, desired, covers=lambda _: True) == []


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("a.io.", "a.io.", True),
        ("ns.a.io.", "a.io.", True),
        ("xa.io.", "a.io.", False),
        ("io.", "a.io.", False),
        ("anything.", ".", True),
    ],
)
def test_given_two_names_then_within_goes_by_whole_labels(
    name: str, domain: str, expected: bool
) -> None:
    assert zones.is_within(name, domain) is expected
