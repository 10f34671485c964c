"""Very many new rows at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalyst.models import OutboxItem, SealedSecret
from catalyst.work import copying

pytestmark = pytest.mark.django_db


def item(number: int) -> OutboxItem:
    payload = {"number": number, "text": "tab\t, line\n, \\N and “signs”"}
    return OutboxItem(
        topic="test.copied", key=f"key-{number}", payload=payload, available_at=timezone.now()
    )


def values(row: Any, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def test_given_rows_when_added_then_as_if_each_was_saved() -> None:
    rows = [item(number) for number in range(1500)]
    copying.add(row for row in rows)
    assert OutboxItem.objects.count() == len(rows)
    saved = item(7)
    saved.save()
    names = ("topic", "key", "payload", "attempts", "last_error", "done_at", "traceparent")
    copied, same = OutboxItem.objects.filter(key="key-7").order_by("pk")
    assert values(copied, *names) == values(same, *names)
    assert copied.pk and abs((copied.created_at - same.created_at).total_seconds()) < 60


def test_given_what_the_database_fills_in_when_added_then_it_does() -> None:
    kept = {"ciphertext": b"\x00\\x", "wrapped_key": b"\xff", "key_id": "k", "purpose": "test"}
    rows = [SealedSecret(id=uuid.uuid4(), **kept) for _ in range(2)]
    copying.add(rows)
    for row in rows:
        found = SealedSecret.objects.get(pk=row.pk)
        assert values(found, "owner", "path", "version") == ("", "", 0)
        assert bytes(found.ciphertext) == b"\x00\\x" and bytes(found.wrapped_key) == b"\xff"


def test_given_a_row_that_breaks_a_rule_when_added_then_none_is_and_django_says_so() -> None:
    number = uuid.uuid4()
    kept = {"ciphertext": b"", "wrapped_key": b"", "key_id": "k", "purpose": "test"}
    with pytest.raises(IntegrityError), transaction.atomic():
        copying.add([SealedSecret(id=each, **kept) for each in (uuid.uuid4(), number, number)])
    assert not SealedSecret.objects.exists()


def test_given_no_rows_when_added_then_nothing_is_asked(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        copying.add([])
