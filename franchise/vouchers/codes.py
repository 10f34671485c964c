"""What a voucher code looks like, and how it is recognised without being stored.

Twelve characters of Crockford's base32 (crockford.com/base32), the last one a check character by
Luhn mod 32 (ISO/IEC 7812-1 annex B, generalised), so that one wrong character is always noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from catalyst.vault.lasting import lasting_key
from catalyst.vault.secret import Secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
KEY_PURPOSE = "franchise.voucher-code"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_IGNORED = {"Zs", "Pd", "Cf", "Cc"}  # spaces, dashes, invisible and control characters


def new_code() -> Secret:
    """A fresh code of 55 random bits, without hyphens."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return Secret(body + check_character(body))


def check_character(body: str) -> str:
    """Luhn mod 32 of the characters before it."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (1 if position % 2 else 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def grouped(code: Secret) -> str:
    """`XXXX-XXXX-XXXX`, as people read it. Only for the page or the print that shows it."""
    text = code.reveal()
    return "-".join(text[start : start + 4] for start in range(0, LENGTH, 4))


def normalise(typed: Secret) -> Secret | None:
    """The canonical code for what a person typed, or None when it cannot be one of ours."""
    wide = unicodedata.normalize("NFKC", typed.reveal()).upper()
    kept = (char for char in wide if unicodedata.category(char) not in _IGNORED)
    text = "".join(kept).translate(_LOOKALIKES)
    if len(text) != LENGTH or not set(text) <= set(ALPHABET):
        return None
    return Secret(text) if check_character(text[:-1]) == text[-1] else None


def code_hash(code: Secret) -> str:
    """HMAC-SHA-256 of a canonical code, 64 hex digits.

    Its key is sealed in the vault and outlives rotations of the vault's own key and of Django's.
    """
    key = lasting_key(KEY_PURPOSE)
    return hmac.new(key, code.reveal().encode(), hashlib.sha256).hexdigest()
