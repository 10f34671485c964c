"""Rows cut off or overwritten are `Unsealable` with either keeper; no other error comes out."""

from __future__ import annotations

import pytest

from catalyst.models import SealedSecret
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable
from catalyst.vault.secret import Secret

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("store"),
    pytest.mark.xdist_group("vault"),
]


@pytest.mark.parametrize("column", ["ciphertext", "wrapped_key"])
@pytest.mark.parametrize(
    "value", [b"", b"short", b"\xff\xfe" * 40, b"vault:v1:", b"vault:v1:AAAA"], ids=repr
)
def test_given_a_damaged_row_when_got_then_unsealable(column: str, value: bytes) -> None:
    reference = vault.put(purpose="test", secret=Secret("mine"))
    SealedSecret.objects.filter(pk=reference).update(**{column: value})
    with pytest.raises(Unsealable):
        vault.get(reference)
