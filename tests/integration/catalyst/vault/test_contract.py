"""What holds for the vault whoever keeps its key: sealed rows that open only as themselves."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from catalyst.models import SealedSecret
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable
from catalyst.vault.secret import Secret

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("store"),
    pytest.mark.xdist_group("vault"),
]


def test_given_a_secret_when_put_then_got_again() -> None:
    reference = vault.put(purpose="test", secret=Secret("pass wörd\n€"))
    assert vault.get(reference).reveal() == "pass wörd\n€"


def test_given_a_secret_when_put_then_its_text_is_nowhere_in_the_table() -> None:
    value = secrets.token_urlsafe(24)
    vault.put(purpose="test", secret=Secret(value))
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text, s.ciphertext, s.wrapped_key FROM vault_sealed_secret s")
        text, ciphertext, wrapped = cursor.fetchone()
    for spelling in (value, value.encode().hex(), base64.b64encode(value.encode()).decode()):
        assert spelling not in text
    assert value.encode() not in bytes(ciphertext) + bytes(wrapped)


def test_given_the_same_secret_twice_when_put_then_the_rows_have_nothing_in_common() -> None:
    one, other = (vault.put(purpose="test", secret=Secret("same")) for _ in range(2))
    rows = [SealedSecret.objects.get(pk=reference) for reference in (one, other)]
    assert bytes(rows[0].ciphertext) != bytes(rows[1].ciphertext)
    assert bytes(rows[0].wrapped_key) != bytes(rows[1].wrapped_key)


def test_given_the_contents_of_another_row_when_got_then_refused() -> None:
    mine = vault.put(purpose="test", secret=Secret("mine"))
    other = SealedSecret.objects.get(pk=vault.put(purpose="test", secret=Secret("other")))
    SealedSecret.objects.filter(pk=mine).update(
        ciphertext=other.ciphertext, wrapped_key=other.wrapped_key
    )
    with pytest.raises(Unsealable):
        vault.get(mine)


@pytest.mark.parametrize("column", ["ciphertext", "wrapped_key"])
def test_given_one_flipped_bit_when_got_then_refused(column: str) -> None:
    reference = vault.put(purpose="test", secret=Secret("mine"))
    row = SealedSecret.objects.get(pk=reference)
    changed = bytearray(getattr(row, column))
    changed[-9] ^= 1  # not the last: of base64 its bits may mean nothing
    SealedSecret.objects.filter(pk=reference).update(**{column: bytes(changed)})
    with pytest.raises(Unsealable):
        vault.get(reference)


def test_given_an_expired_secret_when_got_then_gone_and_swept() -> None:
    kept = vault.put(purpose="test", secret=Secret("kept"), expires_in=timedelta(hours=1))
    over = vault.put(purpose="test", secret=Secret("over"), expires_in=timedelta(hours=1))
    SealedSecret.objects.filter(pk=over).update(expires_at=F("created_at"))
    with pytest.raises(NotFound):
        vault.get(over)
    assert vault.delete_expired() == 1
    assert vault.get(kept).reveal() == "kept"


def test_given_a_deleted_secret_when_got_then_gone_and_deleting_again_is_quiet() -> None:
    reference = vault.put(purpose="test", secret=Secret("mine"))
    vault.delete(reference)
    vault.delete(reference)
    with pytest.raises(NotFound):
        vault.get(reference)
