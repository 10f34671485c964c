"""A secret in two halves: sealed at one place, its key at the other. Neither tells anything alone.

So a record that was taken back or deleted is unreadable in that moment, whatever is left of the
sealed half elsewhere; and the record's id as AAD keeps a sealed half from opening for another.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalyst.vault import aead
from catalyst.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Halves:
    """`key` stays in our row, `sealed` goes away."""

    key: bytes
    sealed: bytes


def split(secret: Secret, *, record_id: str) -> Halves:
    key = aead.fresh_key()
    return Halves(key, aead.encrypt(key, secret.reveal().encode(), aad=record_id.encode()))


def join(halves: Halves, *, record_id: str) -> Secret:
    """Raises Unsealable for another record's half or altered bytes."""
    return Secret(aead.decrypt(halves.key, halves.sealed, aad=record_id.encode()).decode())
