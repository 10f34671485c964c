"""What holds for the vault whoever keeps its secrets: records that open only as themselves."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from catalyst.embedded.openbao.policies import VALUES
from catalyst.models import SealedSecret
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable
from catalyst.vault.secret import Secret

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]
# What a record is, beside its id.
CONTENTS = ("ciphertext", "wrapped_key", "path", "version", "key_id")


def put(text: str, owner: str, **more: Any) -> str:
    return vault.put(purpose="test", secret=Secret(text), owner=owner, **more)


def test_given_a_secret_when_put_then_got_again(owner: str) -> None:
    assert vault.get(put("pass wörd\n€", owner)).reveal() == "pass wörd\n€"


def test_given_a_secret_when_put_then_its_text_is_nowhere_in_the_table(owner: str) -> None:
    value = secrets.token_urlsafe(24)
    put(value, owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text, s.ciphertext, s.wrapped_key FROM vault_sealed_secret s")
        text, ciphertext, wrapped = cursor.fetchone()
    for spelling in (value, value.encode().hex(), base64.b64encode(value.encode()).decode()):
        assert spelling not in text
    assert value.encode() not in bytes(ciphertext) + bytes(wrapped)


def test_given_the_same_secret_twice_when_put_then_the_rows_have_nothing_in_common(
    owner: str,
) -> None:
    rows = [SealedSecret.objects.get(pk=put("same", owner)) for _ in range(2)]
    if not rows[0].path:
        assert bytes(rows[0].ciphertext) != bytes(rows[1].ciphertext)
    assert bytes(rows[0].wrapped_key) != bytes(rows[1].wrapped_key)


def test_given_the_contents_of_another_row_when_got_then_refused(owner: str) -> None:
    mine, other = put("mine", owner), put("other", owner)
    [contents] = SealedSecret.objects.filter(pk=other).values(*CONTENTS)
    SealedSecret.objects.filter(pk=other).delete()
    SealedSecret.objects.filter(pk=mine).update(**contents)
    with pytest.raises(Unsealable):
        vault.get(mine)


@pytest.mark.parametrize("column", ["ciphertext", "wrapped_key"])
def test_given_one_flipped_bit_when_got_then_refused(column: str, owner: str, request: Any) -> None:
    reference = put("mine", owner)
    row = SealedSecret.objects.get(pk=reference)
    if row.path and column == "ciphertext":
        flip_in_openbao(request.getfixturevalue("root"), row)
    else:
        changed = flipped(getattr(row, column))
        SealedSecret.objects.filter(pk=reference).update(**{column: changed})
    with pytest.raises(Unsealable):
        vault.get(reference)


def flipped(value: bytes) -> bytes:
    changed = bytearray(value)
    changed[-9] ^= 1  # not the last: of base64 its bits may mean nothing
    return bytes(changed)


def flip_in_openbao(root: Any, row: SealedSecret) -> None:
    kv = root.secrets.kv.v2
    there = kv.read_secret_version(row.path, mount_point=VALUES, raise_on_deleted_version=True)
    sealed = flipped(base64.b64decode(there["data"]["data"]["sealed"]))
    kv.delete_metadata_and_all_versions(row.path, mount_point=VALUES)
    value = {"sealed": base64.b64encode(sealed).decode()}
    kv.create_or_update_secret(row.path, value, cas=0, mount_point=VALUES)


def test_given_an_expired_secret_when_got_then_gone_and_swept(owner: str) -> None:
    kept = put("kept", owner, expires_in=timedelta(hours=1))
    over = put("over", owner, expires_in=timedelta(hours=1))
    SealedSecret.objects.filter(pk=over).update(expires_at=F("created_at"))
    with pytest.raises(NotFound):
        vault.get(over)
    assert vault.delete_expired() == 1
    assert vault.get(kept).reveal() == "kept"


def test_given_a_deleted_secret_when_got_then_gone_and_deleting_again_is_quiet(owner: str) -> None:
    reference = put("mine", owner)
    vault.delete(reference)
    vault.delete(reference)
    with pytest.raises(NotFound):
        vault.get(reference)


def test_given_an_owner_that_the_table_does_not_know_when_put_then_refused(owner: str) -> None:
    for odd in ("people/1", "deployments/", "deployments/../keys/1", "deployments/1/2", "keys"):
        with pytest.raises(ValueError, match=r"places\.py"):
            put("mine", odd)
