"""Keys nobody else counts under, and a Redis that is away."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from pydantic import SecretStr

from catalyst.limits import store
from tests.integration.internet.running import free_port


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def redis_away(settings: Any) -> Iterator[None]:
    """Nothing listens where Redis should be."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    there = django_settings.CATALYST
    settings.CATALYST = there.model_copy(update={"redis_url": SecretStr(url)})
    yield
    store.redis_at.cache_clear()
