"""Rows cut off or overwritten are `Unsealable` with each keeper; no other error comes out."""

from __future__ import annotations

import pytest

from catalyst.models import SealedSecret
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable
from catalyst.vault.secret import Secret
from tests.integration.catalyst.vault.conftest import STORES, Use

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]
# A value that OpenBao keeps leaves no ciphertext in the row.
DAMAGES = [(kept, "wrapped_key") for kept in STORES] + [
    (kept, "ciphertext") for kept in STORES if kept != "openbao-values"
]


@pytest.mark.parametrize(("kept", "column"), DAMAGES)
@pytest.mark.parametrize(
    "value", [b"", b"short", b"\xff\xfe" * 40, b"vault:v1:", b"vault:v1:AAAA"], ids=repr
)
def test_given_a_damaged_row_when_got_then_unsealable(
    use: Use, kept: str, column: str, value: bytes
) -> None:
    store, owner = STORES[kept]
    use(store)
    reference = vault.put(purpose="test", secret=Secret("mine"), owner=owner)
    SealedSecret.objects.filter(pk=reference).update(**{column: value})
    with pytest.raises(Unsealable):
        vault.get(reference)
