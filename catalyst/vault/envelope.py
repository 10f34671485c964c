"""Envelope encryption: a data key per record, AES-256-GCM (NIST SP 800-38D), record id as AAD."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from catalyst.problem import Problem
from catalyst.vault.secret import Secret

NONCE_BYTES = 12


class Unsealable(Problem):
    type = "vault-unsealable"
    title = "A stored secret cannot be opened"


@dataclass(frozen=True, slots=True)
class Sealed:
    ciphertext: bytes
    wrapped_key: bytes
    key_id: str


def key_id(vault_key: bytes) -> str:
    """Short fingerprint that tells which vault key sealed a record, without giving it away."""
    return hashlib.sha256(b"catalyst-vault-key-id" + vault_key).hexdigest()[:16]


def _encrypt(key: bytes, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, aad)


def _decrypt(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag as error:
        raise Unsealable(
            "The vault key is not the one that sealed it, or the row changed."
        ) from error


def seal(secret: Secret, *, vault_key: bytes, record_id: str) -> Sealed:
    """Seal `secret` for the record `record_id` under a fresh 32-byte data key."""
    data_key = AESGCM.generate_key(bit_length=256)
    aad = record_id.encode()
    return Sealed(
        ciphertext=_encrypt(data_key, secret.reveal().encode(), aad),
        wrapped_key=_encrypt(vault_key, data_key, aad),
        key_id=key_id(vault_key),
    )


def unseal(sealed: Sealed, *, vault_key: bytes, record_id: str) -> Secret:
    """Open it again. Raises Unsealable on a wrong key, wrong record or altered bytes."""
    aad = record_id.encode()
    data_key = _decrypt(vault_key, sealed.wrapped_key, aad)
    return Secret(_decrypt(data_key, sealed.ciphertext, aad).decode())
