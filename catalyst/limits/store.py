"""The Redis that keeps the counts. Short patience: a count is never worth a person's wait."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from limits.storage import RedisStorage
from redis import Redis
from redis.exceptions import RedisError

SECONDS = 0.5
AWAY = (RedisError, OSError)


def prefix() -> str:
    return f"{settings.CATALYST.redis_prefix}:limits"


@cache
def redis_at(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


@cache
def storage_at(url: str, key_prefix: str) -> RedisStorage:
    return RedisStorage(
        url, key_prefix=key_prefix, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    )


def redis() -> Redis:
    """One client a process; it connects on first use and again after Redis was away."""
    return redis_at(settings.CATALYST.redis_url.get_secret_value())


def storage() -> RedisStorage:
    return storage_at(settings.CATALYST.redis_url.get_secret_value(), prefix())
