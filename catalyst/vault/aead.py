"""AES-256-GCM with a fresh nonce in front (NIST SP 800-38D)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from catalyst.vault.problems import Unsealable

NONCE_BYTES = 12
OVERHEAD_BYTES = NONCE_BYTES + 16  # and the tag


def fresh_key() -> bytes:
    """32 bytes."""
    return AESGCM.generate_key(bit_length=256)


def encrypt(key: bytes, plain: bytes, *, aad: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, aad)


def decrypt(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """Raises Unsealable; also for a key or a nonce that is none, by which a damaged row shows."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as error:
        raise Unsealable(
            "The vault key is not the one that sealed it, or the row changed."
        ) from error
