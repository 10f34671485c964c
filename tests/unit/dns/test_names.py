"""The rules of names, by example and by property."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dns.names import (
    LONGEST_BELOW,
    MAX_NAME,
    InvalidName,
    NameReserved,
    candidates,
    validate,
)

DOMAIN = "omani.works"
WIRE = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("omantel", "omantel"),
        ("  OmanTel ", "omantel"),
        ("ｏｍａｎｔｅｌ", "omantel"),
        ("bücher", "xn--bcher-kva"),
        ("bu\u0308cher", "xn--bcher-kva"),
        ("xn--bcher-kva", "xn--bcher-kva"),
        ("XN--BCHER-KVA", "xn--bcher-kva"),
        ("a" * 63, "a" * 63),
        ("a1-b2", "a1-b2"),
    ],
)
def test_given_a_spelling_when_validated_then_the_one_label(typed: str, label: str) -> None:
    name = validate(label=typed, domain=DOMAIN)
    assert (name.label, name.fqdn) == (label, f"{label}.{DOMAIN}")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ab",
        "a" * 64,
        "1st-oman",
        "1ücher",
        "-oman",
        "oman-",
        "om--an",
        "xn--a",
        "xn--omantel",
        "_oman",
        "om_an",
        "om an",
        "omantel.",
        "oman。tel",
        "oman\x00tel",
        "oman\ntel",
        "oman/tel",
        "ü" * 60,
        "\u200bomantel\u200d",
        "٣omantel",
        "🐫oman",
        "*",
    ],
)
def test_given_a_name_that_cannot_be_when_validated_then_refused_beside_the_field(
    typed: str,
) -> None:
    with pytest.raises(InvalidName) as refused:
        validate(label=typed, domain=DOMAIN)
    assert refused.value.extra["field"] == "subdomain"
    assert refused.value.detail


@pytest.mark.parametrize(
    "typed", ["api", "API", " api ", "api.", "ａｐｉ", "console.x", "ns3", "administrator", "WWW"]
)
def test_given_a_reserved_name_in_any_disguise_when_validated_then_refused_with_the_reason(
    typed: str,
) -> None:
    with pytest.raises(NameReserved) as refused:
        validate(label=typed, domain=DOMAIN)
    assert refused.value.extra["reason"]


def test_given_the_longest_pool_when_one_octet_more_then_too_long() -> None:
    room = MAX_NAME - max(len(below) for below in LONGEST_BELOW) - len("..")
    domain = ".".join(["d" * 63] * 2 + ["d" * (room - 63 - 128)])
    assert validate(label="a" * 63, domain=domain)
    with pytest.raises(InvalidName):
        validate(label="a" * 63, domain=f"{domain}d")


@given(st.text(max_size=80))
@example("xn--80ak6aa92e")
@example("İstanbul")
@example("ſhop")
def test_given_any_text_when_validated_then_a_wire_label_or_a_typed_refusal(text: str) -> None:
    try:
        name = validate(label=text, domain=DOMAIN)
    except (InvalidName, NameReserved):
        return
    assert WIRE.fullmatch(name.label)
    assert len(name.label) >= 3
    assert name.label[2:4] != "--" or name.label.startswith("xn--")
    # A name means itself: what is shown to people leads back to the same label.
    assert validate(label=name.label, domain=DOMAIN) == name
    assert validate(label=name.display, domain=DOMAIN) == name


@given(st.from_regex(r"[a-z][a-z0-9]{2,30}", fullmatch=True))
def test_given_a_good_name_when_disguised_then_it_collides_with_itself(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in text)
    outcomes = set()
    for typed in (text, text.upper(), f" {text}\t", wide):
        try:
            outcomes.add(validate(label=typed, domain=DOMAIN).label)
        except NameReserved:
            outcomes.add("reserved")
    assert len(outcomes) == 1


@given(st.text(max_size=80))
def test_given_any_text_when_asked_for_candidates_then_each_is_valid(text: str) -> None:
    for label in candidates(label=text, domain=DOMAIN):
        assert validate(label=label, domain=DOMAIN).label == label


def test_given_a_reserved_or_misspelt_name_when_asked_for_candidates_then_close_ones() -> None:
    assert next(candidates(label="API", domain=DOMAIN)) == "api-cloud"
    assert next(candidates(label="Oman Tel!", domain=DOMAIN)) == "oman-tel"
