"""Accounts whose vendor takes one request at a time; a Redis that is away stops nobody."""

from __future__ import annotations

import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from pydantic import SecretStr

from dns.registrars.problems import RateLimited
from dns.registrars.turns import turn
from tests.integration.dns.registrars.stage import OURS, Stage

# One set of accounts and faults at the vendors for everybody.
pytestmark = pytest.mark.xdist_group("registrars")


def test_given_many_at_once_for_one_dynadot_account_when_moved_then_all_are_served_in_turn(
    stage: Stage,
) -> None:
    """The vendor refuses a second request of an account; so none of ours may overlap."""
    customer = stage.customer("dynadot-rest")
    others = [(*OURS[:2], f"ns{number}.openova.io") for number in (3, 3, 3, 3)]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(customer.move, others))

    assert {outcome.state for outcome in outcomes} == {"done"}


def test_given_another_process_at_the_account_when_it_takes_too_long_then_rate_limited() -> None:
    env, account = django_settings.CATALYST, uuid.uuid4().hex
    client = redis.Redis.from_url(env.redis_url.get_secret_value())
    other = client.lock(f"{env.redis_prefix}:registrars:turn:{account}", timeout=30)
    assert other.acquire(blocking=False)

    with pytest.raises(RateLimited) as caught, turn(account, patience=0.1):
        pass

    assert caught.value.extra["retry_after"] > 0
    other.release()
    with turn(account, patience=0.1):
        assert client.exists(f"{env.redis_prefix}:registrars:turn:{account}")
    assert not client.exists(f"{env.redis_prefix}:registrars:turn:{account}")
    client.close()


def test_given_redis_is_away_when_taken_then_our_own_threads_still_take_turns(
    settings: Any,
) -> None:
    account = uuid.uuid4().hex
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        settings.CATALYST = django_settings.CATALYST.model_copy(
            update={"redis_url": SecretStr(url)}
        )

        def second() -> None:
            with turn(account, patience=0.1):
                raise AssertionError("two at once")

        with turn(account), ThreadPoolExecutor(1) as pool:
            with pytest.raises(RateLimited):
                pool.submit(second).result()
