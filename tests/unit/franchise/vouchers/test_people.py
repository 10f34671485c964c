"""Which addresses are one mailbox (spec franchise §9.1 no. 10, proof 11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franchise.vouchers.people import domain_of, person_of


@pytest.mark.parametrize(
    ("email", "person"),
    [
        ("Fatma@Acme.example", "fatma@acme.example"),
        ("fatma+a@acme.example", "fatma@acme.example"),
        ("fatma+a+b@acme.example", "fatma@acme.example"),
        ("f.a.t.m.a@gmail.com", "fatma@gmail.com"),
        ("Fat.Ma+x@googlemail.com", "fatma@gmail.com"),
        ("fat_ma-x@pm.me", "fatmax@proton.me"),
        ("fatma@me.com", "fatma@icloud.com"),
        # Nobody else's dots are touched: they may be two people.
        ("fat.ma@acme.example", "fat.ma@acme.example"),
        # Nothing before the tag: the address stays what it is.
        ("+tag@acme.example", "+tag@acme.example"),
    ],
)
def test_w10_given_ways_to_write_a_mailbox_when_read_then_one_person(
    email: str, person: str
) -> None:
    assert person_of(email) == person
    assert domain_of(person) == person.partition("@")[2]


@given(st.emails())
def test_given_any_address_when_read_twice_then_the_same_person(email: str) -> None:
    person = person_of(email)
    assert person_of(person) == person
    assert person_of(email.upper()) == person
    assert len(person) <= len(email)
