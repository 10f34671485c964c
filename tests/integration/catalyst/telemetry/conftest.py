"""A corner of Redis of its own for each test, and what was written to the log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import redis
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def own_prefix(settings: Settings) -> Iterator[str]:
    prefix = f"test-{uuid.uuid4().hex[:12]}"
    settings.CATALYST = settings.CATALYST.model_copy(update={"redis_prefix": prefix})
    yield prefix
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
        for key in client.scan_iter(f"{prefix}:*"):
            client.delete(key)
