"""Many secrets in few calls: kept and opened like one by one, with either keeper of keys."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalyst.models import SealedSecret
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable
from catalyst.vault.secret import Secret

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]


@pytest.fixture(params=["envelope", "openbao"])
def store(request: pytest.FixtureRequest, use: Any) -> str:
    use(request.param)
    return str(request.param)


def many(count: int) -> list[Secret]:
    return [Secret(f"secret {number}") for number in range(count)]


def opened(references: list[str]) -> list[str]:
    return [secret.reveal() for secret in vault.get_many(references)]


@pytest.mark.usefixtures("store")
def test_given_many_secrets_when_kept_then_each_opens_in_its_order_and_alone() -> None:
    references = vault.put_many(purpose="test", secrets=many(1_201))
    assert len(set(references)) == 1_201
    backwards = references[::-1]
    assert opened(backwards) == [f"secret {number}" for number in reversed(range(1_201))]
    assert vault.get(references[7]).reveal() == "secret 7"
    one = vault.put(purpose="test", secret=Secret("alone"))
    assert opened([one, references[0]]) == ["alone", "secret 0"]


@pytest.mark.usefixtures("store")
def test_given_two_rows_that_were_swapped_when_opened_together_then_refused() -> None:
    first, second = vault.put_many(purpose="test", secrets=many(2))
    rows = SealedSecret.objects.in_bulk()
    a, b = (rows[key] for key in rows)
    (a.wrapped_key, b.wrapped_key) = (b.wrapped_key, a.wrapped_key)
    (a.ciphertext, b.ciphertext) = (b.ciphertext, a.ciphertext)
    a.save()
    b.save()
    with pytest.raises(Unsealable):
        vault.get_many([first, second])


@pytest.mark.usefixtures("store")
def test_given_one_that_is_gone_when_many_are_opened_then_not_found() -> None:
    references = vault.put_many(purpose="test", secrets=many(3))
    vault.delete(references[1])
    with pytest.raises(NotFound):
        vault.get_many(references)


@pytest.mark.usefixtures("store")
def test_given_a_thousand_secrets_when_kept_then_few_statements_and_little_time() -> None:
    started = time.monotonic()
    with CaptureQueriesContext(
        connection,
    ) as statements:
        references = vault.put_many(purpose="test", secrets=many(1_000))
        vault.get_many(references)
    assert len(statements) <= 8
    assert time.monotonic() - started < 10
