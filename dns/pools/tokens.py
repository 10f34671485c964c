"""Reservation tokens: derived, so that a replay gives the same one; kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from base64 import urlsafe_b64encode

from django.utils.crypto import salted_hmac

from catalyst.vault.secret import Secret


def reservation_token(*, allocation_id: uuid.UUID, generation: int) -> Secret:
    """The token of one holder of one name: HMAC-SHA-256 under the secret key, 43 characters."""
    digest = salted_hmac(
        "dns.reservation-token", f"{allocation_id}:{generation}", algorithm="sha256"
    ).digest()
    return Secret(urlsafe_b64encode(digest).decode().rstrip("="))


def fingerprint(secret: Secret) -> str:
    """SHA-256 in hex. Enough for values of 256 random bits; passwords need another function."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


def matches(secret: Secret, expected: str) -> bool:
    """Is it the secret with this fingerprint? In constant time."""
    return hmac.compare_digest(fingerprint(secret), expected)
