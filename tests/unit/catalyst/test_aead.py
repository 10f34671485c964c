"""Whatever a row holds, it opens as itself or is `Unsealable`: nothing else reaches who asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.vault import aead
from catalyst.vault.problems import Unsealable

KEY = aead.fresh_key()
SEALED = aead.encrypt(KEY, b"secret", aad=b"record")


def test_given_what_was_encrypted_when_decrypted_then_as_it_was() -> None:
    assert aead.decrypt(KEY, SEALED, aad=b"record") == b"secret"


@given(st.binary(max_size=64))
def test_given_any_bytes_when_decrypted_then_unsealable(sealed: bytes) -> None:
    with pytest.raises(Unsealable):
        aead.decrypt(KEY, sealed, aad=b"record")


@given(st.binary(max_size=40).filter(lambda key: key != KEY))
def test_given_any_other_key_of_whatever_length_when_decrypted_then_unsealable(key: bytes) -> None:
    with pytest.raises(Unsealable):
        aead.decrypt(key, SEALED, aad=b"record")


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_given_a_row_cut_off_anywhere_when_decrypted_then_unsealable(length: int) -> None:
    with pytest.raises(Unsealable):
        aead.decrypt(KEY, SEALED[:length], aad=b"record")
