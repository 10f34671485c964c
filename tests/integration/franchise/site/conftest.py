"""The shop with goods in it, somebody with an Organization and credit, and browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import User
from tests.integration.franchise.billing.conftest import acme, give, goods, owner, till
from tests.integration.franchise.conftest import issue, log_in, seller, unlimited

__all__ = ["acme", "give", "goods", "issue", "log_in", "owner", "seller", "till", "unlimited"]


@pytest.fixture
def visitor(goods: None) -> Client:
    """Nobody is logged in."""
    return Client()


@pytest.fixture
def customer(acme: Any, owner: User) -> Client:
    """The owner of Acme, logged in."""
    client = Client()
    client.force_login(owner)
    return client


def act(client: Client, told: str, page: str = "/apps", **more: str) -> Any:
    return client.post(page, {"act": told, **more})


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no hidden {name}"
    return found[1]


Order = Callable[..., Any]


@pytest.fixture
def order() -> Order:
    """Send the checkout as it is shown, with these values."""

    def send(client: Client, **values: str) -> Any:
        page = client.get("/checkout").text
        form = {
            "fingerprint": hidden(page, "fingerprint"), "key": hidden(page, "key"),
            "use_credit": "on", "organization": "new", **values,
        }  # fmt: skip
        return client.post("/checkout", form)

    return send
