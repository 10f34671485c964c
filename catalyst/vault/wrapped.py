"""A data key under another key, and what a store of such keys can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`key_id` (16 characters at most) names the key it is under."""

    key: bytes
    key_id: str


class Keys(Protocol):
    """`record_id` binds a wrapped key to its record: under another one it does not open.

    All raise `VaultAway` when what holds the keys is not to be had.
    """

    def current(self) -> str:
        """Id of the key that wraps now."""
        ...

    def wrap(self, data_key: bytes, *, record_id: str) -> Wrapped: ...

    def unwrap(self, wrapped: Wrapped, *, record_id: str) -> bytes:
        """Raises Unsealable for another record, altered bytes, or a key that is gone."""
        ...

    def wrap_many(self, data_keys: Sequence[bytes], *, record_ids: Sequence[str]) -> list[Wrapped]:
        """`wrap` for each, in few calls."""
        ...

    def unwrap_many(self, wrapped: Sequence[Wrapped], *, record_ids: Sequence[str]) -> list[bytes]:
        """`unwrap` for each, in few calls. Raises Unsealable when one does not open."""
        ...

    def rewrap(self, wrapped: Wrapped, *, record_id: str) -> Wrapped:
        """The same data key under the current key. Raises Unsealable."""
        ...
