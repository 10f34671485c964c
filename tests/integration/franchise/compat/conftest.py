"""Programs of the earlier system."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from tests.integration.franchise.conftest import issue, log_in, unlimited

__all__ = ["issue", "log_in", "unlimited"]
Send = Callable[..., Any]


@pytest.fixture
def admin(log_in) -> Client:
    return log_in(Role.SOVEREIGN_ADMIN)


@pytest.fixture
def send(admin: Client) -> Send:
    """`send("POST", "/billing/…", code=…)` as the admin, or as the client given third."""

    def sent(method: str, path: str, client: Client | None = None, **document: Any) -> Any:
        body = json.dumps(document).encode() if document else b""
        return (client or admin).generic(method, path, body, "application/json")

    return sent
