"""Envelope encryption: a data key per record, AES-256-GCM (NIST SP 800-38D), record id as AAD.

The data key is wrapped by a store of keys (`keys.py`); its plain form lives for one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalyst.vault import aead
from catalyst.vault.secret import Secret
from catalyst.vault.wrapped import Keys, Wrapped


@dataclass(frozen=True, slots=True)
class Sealed:
    ciphertext: bytes
    wrapped: Wrapped


def seal(secret: Secret, *, keys: Keys, record_id: str) -> Sealed:
    """Seal `secret` for the record `record_id` under a fresh data key. Raises VaultAway."""
    data_key = aead.fresh_key()
    wrapped = keys.wrap(data_key, record_id=record_id)
    ciphertext = aead.encrypt(data_key, secret.reveal().encode(), aad=record_id.encode())
    return Sealed(ciphertext, wrapped)


def unseal(sealed: Sealed, *, keys: Keys, record_id: str) -> Secret:
    """Open it again. Raises Unsealable on a wrong key, wrong record or altered bytes; VaultAway."""
    data_key = keys.unwrap(sealed.wrapped, record_id=record_id)
    return Secret(aead.decrypt(data_key, sealed.ciphertext, aad=record_id.encode()).decode())


def seal_many(secrets: Sequence[Secret], *, keys: Keys, record_ids: Sequence[str]) -> list[Sealed]:
    """`seal` for each, with few calls to the store of keys. Raises VaultAway."""
    data_keys = [aead.fresh_key() for _secret in secrets]
    wrapped = keys.wrap_many(data_keys, record_ids=record_ids)
    rows = zip(secrets, data_keys, wrapped, record_ids, strict=True)
    return [
        Sealed(aead.encrypt(key, secret.reveal().encode(), aad=record_id.encode()), under)
        for secret, key, under, record_id in rows
    ]


def unseal_many(sealed: Sequence[Sealed], *, keys: Keys, record_ids: Sequence[str]) -> list[Secret]:
    """`unseal` for each. Raises Unsealable when one does not open; VaultAway."""
    data_keys = keys.unwrap_many([each.wrapped for each in sealed], record_ids=record_ids)
    rows = zip(sealed, data_keys, record_ids, strict=True)
    return [
        Secret(aead.decrypt(key, each.ciphertext, aad=record_id.encode()).decode())
        for each, key, record_id in rows
    ]
