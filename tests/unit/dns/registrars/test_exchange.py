"""Waits a vendor names, in both of the ways RFC 9110 allows; and Dynadot's signature."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64encode
from email.utils import formatdate

import pytest

from dns.registrars.dynadot.answers import number, problem
from dns.registrars.dynadot.rest import signature
from dns.registrars.exchange import retry_after
from dns.registrars.problems import RegistrarProblem


@pytest.mark.parametrize(
    ("text", "seconds"), [("120", 120), (" 7 ", 7), ("", None), ("soon", None), ("9" * 9, 86_400)]
)
def test_given_a_header_when_read_then_seconds(text: str, seconds: int | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds


def test_given_a_date_when_read_then_the_seconds_until_then() -> None:
    later = retry_after({"Retry-After": formatdate(time.time() + 90, usegmt=True)})
    past = retry_after({"Retry-After": formatdate(time.time() - 90, usegmt=True)})

    assert later in range(80, 92) and past == 0


def test_given_a_request_when_signed_then_over_key_path_and_body_on_a_line_each() -> None:
    signed = signature(key="k", secret="s", path="/restful/v1/domains/a.com?x=1", body='{"a":1}')

    text = b'k\n/restful/v1/domains/a.com?x=1\n\n{"a":1}'
    assert signed == b64encode(hmac.new(b"s", text, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        # "key" is in it, and it is not about the key.
        ("could not find domain in your account", "domain-not-in-account"),
        ("'ns1.a.b' needs to be registered with an ip address before", "nameserver-not-registered"),
        ("unauthorized ip", "ip-not-allowed"),
        ("The IP is not allowed", "ip-not-allowed"),
        ("invalid key", "invalid-token"),
        ("X-Signature invalid", "invalid-token"),
        ("problem with connection to main server", "api-unavailable"),
        ("The domain is locked by a dispute", "domain-locked"),
        # "rate" is in "operate": no limit of requests.
        ("we do not operate this", "registrar-error"),
        ("", "registrar-error"),
    ],
)
def test_given_dynadots_words_when_read_then_our_problem_which_does_not_repeat_them(
    words: str, kind: str
) -> None:
    found = problem(words, egress_ip="192.0.2.7")

    assert found.type == kind
    assert not words or words not in found.detail


def test_given_numbers_with_their_names_when_read_then_the_number() -> None:
    assert [number(text) for text in ("13", 13, "SHA-256 (2)", " ED25519 (15) ")] == [13, 13, 2, 15]
    with pytest.raises(RegistrarProblem):
        number("SHA-256")
