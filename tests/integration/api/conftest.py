"""A person at the small API of `routes.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from catalyst.identity.models import Role, User


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create(subject="p", email="p@example.com", roles=[Role.MEMBER])


@pytest.fixture
def client(person: User, settings: Any) -> Client:
    settings.ROOT_URLCONF = "tests.integration.api.routes"
    client = Client()
    client.force_login(person)
    return client


Send = Callable[..., HttpResponse]


@pytest.fixture
def make(client: Client) -> Send:
    """Ask for a thing with an Idempotency-Key."""

    def send(name: str = "one", *, key: str = "a-good-key", **more: str) -> HttpResponse:
        headers = {"Idempotency-Key": key} if key else {}
        body = json.dumps({"name": name, **more})
        return client.post("/api/v1/things", body, content_type="application/json", headers=headers)

    return send
