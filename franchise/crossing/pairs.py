"""Ed25519 (RFC 8032) as this room uses it: keys in base64, named by their hash. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalyst.vault.secret import Secret

SIZE = 32


def new_pair() -> tuple[Secret, str]:
    """Private and public."""
    private = Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    return Secret(b64encode(private.private_bytes_raw()).decode()), b64encode(raw).decode()


def name_of(public: str) -> str:
    """Sixteen hex digits by which codes and documents call a key. Raises ValueError for no key."""
    raw = b64decode(public, validate=True)
    if len(raw) != SIZE:
        raise ValueError("a public key has 32 bytes")
    Ed25519PublicKey.from_public_bytes(raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def signer(private: Secret) -> Callable[[bytes], bytes]:
    return Ed25519PrivateKey.from_private_bytes(b64decode(private.reveal())).sign


def is_signed(public: str, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
