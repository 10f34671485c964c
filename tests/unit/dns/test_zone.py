"""What a zone should say, as values."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from dns.powerdns import zone
from dns.powerdns.records import RRset, mark, marked_allocation

PEBBLE = "https://localhost:14000/dir"
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


def written(**changes: str | None) -> dict[tuple[str, str], tuple[str, ...]]:
    values = {"address_v4": "88.99.1.2", "address_v6": None, "acme_directory": PEBBLE, **changes}
    sets = zone.addresses("omantel.omani.works", **values)
    return {(rrset.name, rrset.type): rrset.contents for rrset in sets if rrset.contents}


def test_given_an_ipv4_address_when_desired_then_exactly_the_six_a_records() -> None:
    names = ("", "*.", "console.", "api.", "gitea.", "harbor.")
    assert written() == {(f"{name}omantel.omani.works.", "A"): ("88.99.1.2",) for name in names}


def test_given_an_ipv6_address_too_when_desired_then_six_aaaa_besides() -> None:
    sets = written(address_v6="2a01:4f8::1")
    assert len(sets) == 12
    assert sets["*.omantel.omani.works.", "AAAA"] == ("2a01:4f8::1",)


def test_given_lets_encrypt_when_desired_then_caa_for_it_and_for_no_other_ca() -> None:
    apex = ("omantel.omani.works.", "CAA")
    assert written(acme_directory=LETS_ENCRYPT)[apex] == ('0 issue "letsencrypt.org"',)
    assert apex not in written()


def test_given_what_is_there_when_compared_then_only_differences() -> None:
    same = RRset("a.", "A", ("1.1.1.1",), 300)
    other_ttl = RRset("b.", "A", ("1.1.1.1",), 60)
    gone = RRset("c.", "A", (), 300)
    absent = RRset("d.", "A", (), 300)
    actual = [same, RRset("b.", "A", ("1.1.1.1",), 300), RRset("c.", "A", ("1.1.1.1",), 300)]
    assert zone.changes(actual, [same, other_ttl, gone, absent]) == (other_ttl, gone)


@given(st.uuids())
def test_given_any_allocation_when_marked_then_it_fits_and_reads_back(id_: uuid.UUID) -> None:
    assert len(mark(id_)) <= 40
    assert marked_allocation(mark(id_)) == id_


@given(st.text(max_size=40))
def test_given_any_account_when_read_then_an_allocation_only_if_it_is_a_mark(text: str) -> None:
    found = marked_allocation(text)
    assert found is None or mark(found) == text
