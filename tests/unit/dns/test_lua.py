"""Placements: what is refused, and what text can never do to the program."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns.placement.lua import rrsets
from dns.placement.modes import (
    ActiveActive,
    BadPlacement,
    Closest,
    Failover,
    Probe,
    Single,
    Weighted,
    addresses,
)
from tests.unit.dns.placements import placements

NAME = "app.omantel.omani.works"
PROBE = Probe("https://app.omantel.omani.works/healthz")
ALL = "{selector='all',backupSelector='all',timeout=2}"
CLOSE = "{selector='pickclosest',backupSelector='all',timeout=2}"
V4, V6 = addresses(["88.99.1.1", "88.99.1.2"]), addresses(["2a01:4f8::1"])


def test_given_a_single_place_then_plain_records() -> None:
    a, aaaa = rrsets(NAME, Single((*V4, *V6)))
    assert (a.type, a.contents) == ("A", ("88.99.1.1", "88.99.1.2"))
    assert (aaaa.type, aaaa.contents) == ("AAAA", ("2a01:4f8::1",))


@pytest.mark.parametrize(
    ("placement", "program"),
    [
        (
            ActiveActive(V4, PROBE),
            f"ifurlup('{PROBE.url}',{{{{'88.99.1.1','88.99.1.2'}}}},{ALL})",
        ),
        (
            Failover(((V4[0],), (V4[1],)), PROBE),
            f"ifurlup('{PROBE.url}',{{{{'88.99.1.1'}},{{'88.99.1.2'}}}},{ALL})",
        ),
        (
            Weighted(((90, V4[0]), (10, V4[1]))),
            "pickwhashed({{90,'88.99.1.1'},{10,'88.99.1.2'}})",
        ),
        (
            Closest(V4, PROBE),
            f"ifurlup('{PROBE.url}',{{{{'88.99.1.1','88.99.1.2'}}}},{CLOSE})",
        ),
    ],
)
def test_given_a_mode_then_the_documented_program(placement, program: str) -> None:
    (rrset,) = rrsets(NAME, placement)
    assert rrset.type == "LUA"
    assert rrset.contents == (f'A "{program}"',)


def test_given_both_families_then_a_program_for_each() -> None:
    (rrset,) = rrsets(NAME, ActiveActive((*V4, *V6), PROBE))
    assert [content.split()[0] for content in rrset.contents] == ["A", "AAAA"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.b/",
        "https://",
        "https://a b/",
        "https://a.b/'..os.execute('x')..'",
        'https://a.b/"',
        "https://user:pass@a.b/",
        "https://a.b/?q=1",
        "https://a.b:99999/",
        "https://A.b/",
        "https://a.b/\n",
        "https://a.b/é",
        "https://-a.b\\/",
    ],
)
def test_given_an_odd_url_then_refused(url: str) -> None:
    with pytest.raises(BadPlacement):
        Probe(url)


@pytest.mark.parametrize(
    "placement",
    [
        Single(()),
        Failover((), PROBE),
        Failover(((), ()), PROBE),
        ActiveActive((V4[0], V4[0]), PROBE),
        Weighted(((0, V4[0]),)),
        Weighted(((-1, V4[0]),)),
        ActiveActive(tuple(IPv4Address(int(V4[0]) + n) for n in range(65)), PROBE),
    ],
)
def test_given_an_impossible_placement_then_refused(placement) -> None:
    with pytest.raises(BadPlacement):
        rrsets(NAME, placement)


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4'", "fe80::1%lo", "::1\n", "a"])
def test_given_what_is_no_address_then_refused(text: str) -> None:
    with pytest.raises(BadPlacement):
        addresses([text])


@given(placements())
def test_given_any_placement_then_no_string_is_left_open_and_none_is_too_long(placement) -> None:
    for rrset in rrsets(NAME, placement):
        for content in rrset.contents:
            if rrset.type != "LUA":
                continue
            kind, _, quoted = content.partition(" ")
            assert kind in ("A", "AAAA")
            segments = re.findall(r'"([^"]*)"', quoted)
            assert " ".join(f'"{one}"' for one in segments) == quoted
            assert all(0 < len(one) <= 255 for one in segments)
            program = " ".join(segments)
            assert program.count("'") % 2 == 0
            outside = "".join(program.split("'")[0::2])
            assert re.fullmatch(r"[a-zA-Z0-9(){},=. ]*", outside)
            assert all(outside.count(left) == outside.count(right) for left, right in ("()", "{}"))


@given(st.text(max_size=200))
def test_given_any_text_to_look_for_then_it_cannot_leave_its_string(text: str) -> None:
    probe = Probe("https://a.b/", must_contain=text)
    (rrset,) = rrsets(NAME, ActiveActive((IPv6Address("2a01::1"),), probe))
    inside = "".join("".join(rrset.contents[0].split('"')[1::2]).split("'")[1::2])
    assert re.fullmatch(r"([a-zA-Z0-9:/._ -]|\\[0-9]{3})*", inside)
