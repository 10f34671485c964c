"""The form of the domain step: what each mode asks for, which domains it takes, what it keeps."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign_wizard.wizard.domain_form import DomainForm, typed_values

COMMON: dict[str, str] = {}
POOL = {"subdomain": "omantel", "pool_domain": "omani.works"}
# Below it `_catalyst-challenge.` just fits into 253.
LONGEST = f"{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 46}.com"
TOO_LONG = f"a{LONGEST}"


def form(kept: str = "", **fields: Any) -> DomainForm:
    return DomainForm({**COMMON, **fields}, pool_domains=["omani.works"], kept=kept)


def by_registrar(registrar: str = "ovh", **fields: str) -> dict[str, str]:
    return {
        "domain_mode": "byo-api", "own_domain": "acme.com", "registrar": registrar, **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("3m.com", "3m.com"),
        ("1.2.co.uk", "1.2.co.uk"),
        ("Cloud.ACME.com.", "cloud.acme.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ｃｌｏｕｄ.acme.com", "cloud.acme.com"),
        (LONGEST, LONGEST),
    ],
)
def test_given_a_domain_that_can_be_owned_then_its_one_spelling_is_kept(
    typed: str, name: str
) -> None:
    one = form(domain_mode="byo-manual", own_domain=typed)

    assert one.is_valid(), one.errors
    assert one.values()["own_domain"] == name


@pytest.mark.parametrize("typed", ["", "com", "co.uk", "acme", "a..b.com", "-a.com", TOO_LONG])
def test_given_no_domain_of_anybodys_then_said_beside_it(typed: str) -> None:
    assert "own_domain" in form(domain_mode="byo-manual", own_domain=typed).errors


@pytest.mark.parametrize(
    ("fields", "missed"),
    [
        ({}, {"subdomain", "pool_domain"}),
        (POOL, set()),
        ({"domain_mode": "byo-manual"}, {"own_domain"}),
        ({"domain_mode": "byo-api"}, {"own_domain", "registrar"}),
        ({"domain_mode": "byo", **POOL}, {"domain_mode"}),
        (
            by_registrar(),
            {"ovh-application_key"},
        ),
        (by_registrar("dynadot", **{"dynadot-key": "k"}), set()),
    ],
)
def test_given_a_mode_then_only_its_own_fields_are_missed(
    fields: dict[str, str], missed: set[str]
) -> None:
    one = form(**fields)

    assert set(one.errors) == missed
    assert one.fields["own_domain"].required and one.fields["subdomain"].required


def test_given_kept_credentials_then_none_need_be_typed_and_half_of_them_is_too_little() -> None:
    assert form("ovh", **by_registrar()).is_valid()
    half = form("ovh", **by_registrar(**{"ovh-application_key": "k"}))
    assert set(half.errors) == {"ovh-application_secret"}
    assert not form("ovh", **by_registrar("godaddy")).is_valid()


def test_given_credentials_then_they_are_in_no_value_that_is_kept_and_in_no_page() -> None:
    typed = by_registrar(**{
        "ovh-application_key": "sesame-1", "ovh-application_secret": "sesame-2",
        "ovh-consumer_key": "sesame-3", "ovh-region": "ovh-ca",
    })  # fmt: skip
    one = form(**typed)

    assert one.is_valid() and one.credentials is not None
    assert one.credentials.reveal("consumer_key") == "sesame-3"
    kept = str(one.values()) + str(typed_values(typed))
    page = "".join(str(bound.value()) for vendor in one.vendors for bound in vendor.inputs)
    assert "sesame" not in kept + page + repr(one.credentials)


@pytest.mark.parametrize(
    ("said", "fine"),
    [
        ({}, False),
        ({"acknowledgement": "yes"}, False),
        ({"acknowledgement": "Bücher.example."}, True),
        ({"acknowledgement": "xn--bcher-kva.example"}, True),
        ({"bring_records": "on"}, True),
    ],
)
def test_given_live_data_then_it_stops_only_when_somebody_said_so(
    said: dict[str, str], fine: bool
) -> None:
    one = form(domain_mode="byo-manual", own_domain="bücher.example", **said)
    one.full_clean()
    looked = {"live": True, "domain": "xn--bcher-kva.example", "display": "bücher.example"}
    one.refuse_silent_loss(looked)

    assert ("acknowledgement" not in one.errors) is fine
