"""The rules of names, by example and by property."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dns.names import (
    LABEL,
    LONGEST_BELOW,
    MAX_NAME,
    InvalidName,
    NameReserved,
    Words,
    candidates,
    skeleton,
    validate,
)
from dns.reserved.seed import entries

DOMAIN = "omani.works"
WORDS = Words.of(
    version=1,
    exact={each.word: each.reason for each in entries() if not each.pattern},
    patterns=[(each.word, each.reason) for each in entries() if each.pattern],
)
SCHEMA = Draft202012Validator(LABEL)
VARIABLES = Path(__file__).resolve().parents[3] / "infra" / "hetzner" / "variables.tf"
# What tofu refuses a Sovereign's name by; HCL's strings double the backslash.
(TOFU,) = (
    text.replace("\\\\", "\\")
    for text in re.findall(r'regex\("(.*)", var\.sovereign_fqdn\)', VARIABLES.read_text())
)
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
        ("عمان", "xn--mgb9awbf"),
        ("日本語ひらがな", "xn--v8j0cwa6g1563acvb2w6i"),
        ("a" * 63, "a" * 63),
        ("a1-b2", "a1-b2"),
        ("a--b", "a--b"),
    ],
)
def test_dns_t11_given_a_spelling_when_validated_then_the_one_label(typed: str, label: str) -> None:
    name = validate(label=typed, domain=DOMAIN, words=WORDS)
    assert (name.label, name.fqdn) == (label, f"{label}.{DOMAIN}")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("ab", "too-short"),
        ("a" * 64, "too-long"),
        ("ü" * 60, "too-long-encoded"),
        ("é" * 63, "too-long-encoded"),
        ("1st-oman", "first-letter"),
        ("1ücher", "first-letter"),
        ("٣omantel", "characters"),
        ("-oman", "outer-hyphen"),
        ("oman-", "outer-hyphen"),
        ("om--an", "third-fourth-hyphen"),
        ("xn--a", "bad-a-label"),
        ("xn--omantel", "bad-a-label"),
        ("_oman", "characters"),
        ("om_an", "characters"),
        ("om an", "characters"),
        ("oman/tel", "characters"),
        ("*", "characters"),
        ("🐫oman", "characters"),
        ("omantel.", "dots"),
        ("oman。tel", "dots"),
        ("oman\x00tel", "control"),
        ("oman\ntel", "control"),
        ("\u200bomantel\u200d", "control"),
        ("оmantel", "mixed-scripts"),  # a Cyrillic o
        ("omanτel", "mixed-scripts"),
        ("xn--mantel-vqf", "mixed-scripts"),
        ("раура", "lookalike"),  # Cyrillic all through: paypa
        ("xn--80aa0cbo", "lookalike"),
    ],
)
def test_dns_t11_given_a_name_that_cannot_be_when_validated_then_the_precise_reason(
    typed: str, reason: str
) -> None:
    with pytest.raises(InvalidName) as refused:
        validate(label=typed, domain=DOMAIN, words=WORDS)
    assert refused.value.status == 422
    assert (refused.value.extra["field"], refused.value.extra["reason"]) == ("subdomain", reason)
    assert refused.value.detail


@pytest.mark.parametrize(
    "typed",
    [
        "api",
        "API",
        " api ",
        "api.",
        "ａｐｉ",
        "ａｐｉ。",
        "console.x",
        "ns3",
        "administrator",
        "WWW",
        "c0nsole",
        "adrnin",
        "paypa1",
        "keyc1oak",
    ],
)
def test_dns_t12_given_a_reserved_name_in_any_disguise_when_validated_then_refused_with_the_reason(
    typed: str,
) -> None:
    with pytest.raises(NameReserved) as refused:
        validate(label=typed, domain=DOMAIN, words=WORDS)
    assert (refused.value.status, refused.value.type) == (422, "reserved")
    assert refused.value.extra["reason"]


def test_dns_t13_given_the_longest_pool_when_one_octet_more_then_too_long() -> None:
    room = MAX_NAME - max(len(below) for below in LONGEST_BELOW) - len("..")
    domain = ".".join(["d" * 63] * 2 + ["d" * (room - 63 - 128)])
    assert validate(label="a" * 63, domain=domain, words=WORDS)
    with pytest.raises(InvalidName):
        validate(label="a" * 63, domain=f"{domain}d", words=WORDS)


# Texts that look like labels, so that more than refusals is tried.
TYPED = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="abmnorvw01l-", min_size=3, max_size=20),
    st.text(alphabet=st.characters(categories=["Ll", "Lo", "Mn", "Nd"]), min_size=3, max_size=12),
)


@given(TYPED)
@example("xn--80ak6aa92e")
@example("İstanbul")
@example("ſhop")
def test_given_any_text_when_validated_then_a_wire_label_or_a_typed_refusal(text: str) -> None:
    try:
        name = validate(label=text, domain=DOMAIN, words=WORDS)
    except (InvalidName, NameReserved):
        return
    assert WIRE.fullmatch(name.label)
    assert len(name.label) >= 3
    assert name.label[2:4] != "--" or name.label.startswith("xn--")
    # A name means itself: what is shown to people leads back to the same label.
    assert validate(label=name.label, domain=DOMAIN, words=WORDS) == name
    assert validate(label=name.display, domain=DOMAIN, words=WORDS) == name
    assert name.skeleton == skeleton(name.display)
    assert name.display.isascii() or not name.skeleton.isascii()
    # The rules a CRD and tofu can express never refuse what we accept.
    SCHEMA.validate(name.label)
    assert re.search(TOFU, name.fqdn)


@given(st.from_regex(r"[a-z][a-z0-9]{2,30}", fullmatch=True))
def test_given_a_good_name_when_disguised_then_it_collides_with_itself(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in text)
    outcomes = set()
    for typed in (text, text.upper(), f" {text}\t", wide):
        try:
            outcomes.add(validate(label=typed, domain=DOMAIN, words=WORDS).label)
        except NameReserved:
            outcomes.add("reserved")
    assert len(outcomes) == 1


@given(TYPED)
def test_given_any_text_when_asked_for_candidates_then_each_is_valid(text: str) -> None:
    for name in candidates(label=text, domain=DOMAIN, words=WORDS):
        assert validate(label=name.label, domain=DOMAIN, words=WORDS) == name


def test_given_a_reserved_or_misspelt_name_when_asked_for_candidates_then_close_ones() -> None:
    assert next(candidates(label="API", domain=DOMAIN, words=WORDS)).label == "api-cloud"
    assert next(candidates(label="Oman Tel!", domain=DOMAIN, words=WORDS)).label == "oman-tel"


def test_given_what_a_schema_can_know_when_compared_then_it_refuses_the_same() -> None:
    for text in ("ab", "a" * 64, "1st-oman", "-oman", "oman-", "om_an", "Oman", "o.man", ""):
        assert not SCHEMA.is_valid(text), text
        if text != "Oman":  # we fold, a schema cannot
            with pytest.raises(InvalidName):
                validate(label=text, domain=DOMAIN, words=WORDS)


@given(TYPED)
def test_given_any_text_when_looked_at_then_its_skeleton_is_its_own(text: str) -> None:
    look = skeleton(text)
    assert len(look) <= 255
    assert skeleton(text.upper().lower()) == skeleton(text.lower()) or not text.isascii()


@pytest.mark.parametrize(
    ("one", "other"),
    [("omantel", "0mantel"), ("modern", "modem"), ("paypal", "paypa1"), ("ebank", "еbank")],
)
def test_given_lookalikes_when_compared_then_one_look(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_given_names_that_differ_for_the_eye_when_compared_then_two_looks() -> None:
    assert len({skeleton(name) for name in ("bücher", "bucher", "buchar", "omantel", "عمان")}) == 5
