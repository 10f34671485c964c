"""Keys of keyed hashes: opened once in a process, and never one that is not kept."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest
from django.db import transaction

from catalyst.models import SealedSecret
from catalyst.vault.lasting import lasting_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def purpose() -> str:
    """Nobody asked for it before in this process."""
    return f"test-{uuid.uuid4().hex}"


def test_given_a_key_that_was_opened_when_asked_for_again_then_nobody_is_asked(
    purpose: str, django_assert_num_queries
) -> None:
    key = lasting_key(purpose)
    with django_assert_num_queries(0):
        assert lasting_key(purpose) == key


def test_given_a_transaction_that_made_a_key_when_undone_then_the_next_one_keeps_it(
    purpose: str,
) -> None:
    """Or hashes would be made by a key that is nowhere but in this process."""
    with suppress(RuntimeError), transaction.atomic():
        lasting_key(purpose)
        lasting_key(purpose)
        raise RuntimeError
    assert not SealedSecret.objects.exists()
    key = lasting_key(purpose)
    assert SealedSecret.objects.get().purpose == f"key:{purpose}"
    assert lasting_key(purpose) == key
