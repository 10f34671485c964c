"""Where a name is cut, and which names are refused."""

from __future__ import annotations

import pytest

from dns.registrars.domains import read
from dns.registrars.problems import InvalidDomain, MissingDomain


@pytest.mark.parametrize(
    ("text", "registrable", "second_level", "suffix", "below"),
    [
        ("Acme.COM.", "acme.com", "acme", "com", ""),
        ("shop.acme.co.uk", "acme.co.uk", "acme", "co.uk", "shop"),
        ("a.b.acme.com.om", "acme.com.om", "acme", "com.om", "a.b"),
        ("sovereign.acme-bank.com", "acme-bank.com", "acme-bank", "com", "sovereign"),
        ("3m.com", "3m.com", "3m", "com", ""),
        ("bücher.example.de", "example.de", "example", "de", "xn--bcher-kva"),
        # The private half of the list names hosters, who register nothing.
        ("acme.github.io", "github.io", "github", "io", "acme"),
    ],
)
def test_given_a_name_when_read_then_cut_where_the_registry_sells(
    text: str, registrable: str, second_level: str, suffix: str, below: str
) -> None:
    domain = read(text)

    assert (domain.registrable, domain.second_level, domain.suffix, domain.below) == (
        *(registrable, second_level, suffix, below),
    )
    assert domain.is_apex is (below == "")


@pytest.mark.parametrize(
    "text",
    ["com", "co.uk", "localhost", "a b.com", "-a.com", "a..com", "a.com\n", "ä" * 70 + ".com", "é"],
)
def test_given_what_nobody_can_register_when_read_then_refused(text: str) -> None:
    if text.endswith("\n"):
        assert read(text).name == "a.com"  # a line break of copying is not the person's
        return
    with pytest.raises(InvalidDomain) as caught:
        read(text)
    assert caught.value.extra["field"] == "domain"


def test_given_nothing_when_read_then_missing() -> None:
    with pytest.raises(MissingDomain):
        read("  ")
