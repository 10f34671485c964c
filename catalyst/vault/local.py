"""Keys from our own settings: the first one wraps, all of them open."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from catalyst.vault import aead
from catalyst.vault.problems import Unsealable
from catalyst.vault.wrapped import Wrapped


def key_id(key: bytes) -> str:
    """Short fingerprint that tells which vault key sealed a record, without giving it away."""
    return hashlib.sha256(b"catalyst-vault-key-id" + key).hexdigest()[:16]


class LocalKeys:
    """`keys`: 32 bytes each, the current one first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise Unsealable("No vault key is set here.")
        self._current = keys[0]
        self._known = {key_id(key): key for key in keys}

    def current(self) -> str:
        return key_id(self._current)

    def wrap(self, data_key: bytes, *, record_id: str) -> Wrapped:
        sealed = aead.encrypt(self._current, data_key, aad=record_id.encode())
        return Wrapped(sealed, self.current())

    def unwrap(self, wrapped: Wrapped, *, record_id: str) -> bytes:
        key = self._known.get(wrapped.key_id)
        if key is None:
            raise Unsealable("The vault key that sealed it is not among those set here.")
        return aead.decrypt(key, wrapped.key, aad=record_id.encode())

    def wrap_many(self, data_keys: Sequence[bytes], *, record_ids: Sequence[str]) -> list[Wrapped]:
        pairs = zip(data_keys, record_ids, strict=True)
        return [self.wrap(key, record_id=record_id) for key, record_id in pairs]

    def unwrap_many(self, wrapped: Sequence[Wrapped], *, record_ids: Sequence[str]) -> list[bytes]:
        pairs = zip(wrapped, record_ids, strict=True)
        return [self.unwrap(each, record_id=record_id) for each, record_id in pairs]

    def rewrap(self, wrapped: Wrapped, *, record_id: str) -> Wrapped:
        return self.wrap(self.unwrap(wrapped, record_id=record_id), record_id=record_id)
