"""Credentials: what can be one, what is never shown, and the earlier system's string."""

from __future__ import annotations

import pytest

from dns.registrars.catalog import REGISTRARS, find
from dns.registrars.credentials import Credentials
from dns.registrars.problems import InvalidCredentialShape, MissingToken, UnsupportedRegistrar

GODADDY = find("godaddy").fields


def test_given_the_fields_when_read_then_revealed_and_never_printed() -> None:
    credentials = Credentials.read(GODADDY, {"key": " k:1 ", "secret": "s:2", "other": "x"})

    assert (credentials.reveal("key"), credentials.reveal("secret")) == ("k:1", "s:2")
    assert credentials.reveal("shopper_id") == ""
    assert "k:1" not in f"{credentials!r} {credentials}"
    assert "s:2" not in credentials.fingerprint()


@pytest.mark.parametrize("text", ["a\nb", "a b", "a\tb", "ключ", "a" * 513, "a\x00b"])
def test_given_what_fits_no_header_when_read_then_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidCredentialShape) as caught:
        Credentials.read(GODADDY, {"key": text, "secret": "s"})

    assert caught.value.extra["field"] == "key"
    assert text not in caught.value.detail


def test_given_a_field_that_is_missing_when_read_then_it_is_named() -> None:
    with pytest.raises(MissingToken) as caught:
        Credentials.read(GODADDY, {"key": "k"})

    assert caught.value.extra["field"] == "secret"


def test_given_a_region_that_is_none_when_read_then_refused() -> None:
    given = {"application_key": "a", "application_secret": "b", "consumer_key": "c"}

    with pytest.raises(InvalidCredentialShape):
        Credentials.read(find("ovh").fields, {**given, "region": "ovh-mars"})


@pytest.mark.parametrize(
    ("registrar", "token", "fields"),
    [
        ("cloudflare", "a:b", {"token": "a:b"}),
        ("godaddy", "k:s:t", {"key": "k", "secret": "s:t"}),
        ("namecheap", "user:key:1.2.3.4", {"api_user": "user", "api_key": "key", "user_name": ""}),
        (
            "namecheap",
            "user:key:owner:1.2.3.4",
            {"api_user": "user", "api_key": "key", "user_name": "owner"},
        ),
        (
            "ovh",
            "a:b:c:d",
            {"application_key": "a", "application_secret": "b", "consumer_key": "c:d"},
        ),
        ("dynadot", "key:secret", {"key": "key", "secret": "secret"}),
        ("dynadot", "key", {"key": "key"}),
    ],
)
def test_given_a_token_with_colons_when_taken_apart_then_the_last_part_keeps_its_own(
    registrar: str, token: str, fields: dict[str, str]
) -> None:
    assert dict(find(registrar).from_token(token)) == fields


def test_given_every_registrar_when_looked_at_then_a_person_is_told_what_to_do() -> None:
    for kind in REGISTRARS.values():
        assert kind.where and kind.rights and kind.propagation
        assert all(field.label for field in kind.fields)
        assert any(field.secret and field.required for field in kind.fields)


def test_given_a_registrar_there_is_not_when_looked_for_then_the_others_are_named() -> None:
    with pytest.raises(UnsupportedRegistrar) as caught:
        find("enom")

    assert caught.value.extra["supported"] == sorted(REGISTRARS)
