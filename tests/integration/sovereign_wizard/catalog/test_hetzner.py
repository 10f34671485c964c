"""The catalogue against the local cloud: a token's rights, prices, and what is away."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest
from django.conf import settings

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.hetzner import catalogue, check_token
from sovereign_wizard.catalog.problems import (
    HetznerAway,
    TokenMalformed,
    TokenReadOnly,
    TokenRefused,
)
from tests.integration.internet.running import free_port


def names_of_keys(token: str) -> list[str]:
    answer = httpx.get(
        f"{settings.CATALYST.hcloud_endpoint}/ssh_keys",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    return [key["name"] for key in answer.raise_for_status().json()["ssh_keys"]]


def test_given_a_read_write_token_then_it_passes_and_nothing_was_made(tokens) -> None:
    assert check_token(Secret(tokens.read_write)).length == 64
    assert names_of_keys(tokens.read_write) == []


def test_given_a_read_only_token_then_it_is_refused_as_such(tokens) -> None:
    with pytest.raises(TokenReadOnly) as refused:
        check_token(Secret(tokens.read_only))

    assert refused.value.extra["field"] == "hetzner_token"
    assert "Read & Write" in refused.value.detail


def test_given_an_unknown_token_then_hetzner_refuses_it() -> None:
    with pytest.raises(TokenRefused):
        check_token(Secret("x" * 64))


@pytest.mark.parametrize("text", ["", "x" * 63, "x" * 65, "x" * 63 + "\n", "é" * 64])
def test_given_a_malformed_token_then_nobody_is_asked(text: str, settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"hcloud_endpoint": closed_port()})

    with pytest.raises(TokenMalformed):
        check_token(Secret(text))


def test_given_hetzner_is_away_then_the_problem_says_so_and_is_no_token_problem(settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"hcloud_endpoint": closed_port()})

    with pytest.raises(HetznerAway):
        check_token(Secret("x" * 64))


def test_given_a_read_only_token_then_the_catalogue_can_be_read(tokens) -> None:
    found = catalogue(Secret(tokens.read_only))

    helsinki = found.location("hel1")
    size = found.server_type("cx43")
    assert helsinki is not None and helsinki.network_zone == "eu-central"
    assert size is not None and (size.vcpu, size.ram_gb) == (8, Decimal(16))
    assert "hel1" in size.available
    assert size.prices["hel1"].monthly_gross > size.prices["hel1"].monthly_net > 0
    assert found.load_balancers["lb11"]["hel1"].monthly_net > 0
    assert found.primary_ipv4["hel1"].monthly_net > 0


def test_given_a_size_that_left_the_market_then_it_is_not_in_stock(tokens) -> None:
    found = catalogue(Secret(tokens.read_write))
    gone = found.server_type("cx22")

    assert gone is not None and gone.deprecated and not gone.available


def closed_port() -> str:
    """An address where nothing listens."""
    return f"http://127.0.0.1:{free_port()}/v1"
