"""What a voucher code looks like, and how it is recognised without being stored.

A made code is twelve characters of Crockford's base32 (crockford.com/base32), the last one a check
character by Luhn mod 32 (ISO/IEC 7812-1 annex B, generalised), so that one wrong character is
always noticed. A code chosen by hand is 8 to 32 letters and digits, and never of that shape.

A signed one (`franchise.crossing`) is far longer, of the same base32; its own room reads it.

`normalise` is the only reader of all: whatever the way in, one code has one canonical form.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable

from django.utils.translation import gettext as _

from catalyst.problem import Invalid
from catalyst.vault.lasting import lasting_key
from catalyst.vault.secret import Secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
SHORTEST, LONGEST = 8, 32
KEY_PURPOSE = "franchise.voucher-code"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_IGNORED = {"Zs", "Pd", "Cf", "Cc"}  # spaces, dashes, invisible and control characters
_CHOSEN = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_CANONICAL = re.compile(rf"[A-Z0-9]{{{SHORTEST},{LONGEST}}}")
SHORTEST_SIGNED, LONGEST_SIGNED = 120, 640
LONGEST_TYPED = 800  # of any code, with its hyphens
_SIGNED = re.compile(rf"[{ALPHABET}]{{{SHORTEST_SIGNED},{LONGEST_SIGNED}}}")


def new_code() -> Secret:
    """A fresh code of 55 random bits, without hyphens."""
    bits = secrets.randbits(5 * (LENGTH - 1))
    body = "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 5 * (LENGTH - 1), 5))
    return Secret(body + check_character(body))


def check_character(body: str) -> str:
    """Luhn mod 32 of the characters before it."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (1 if position % 2 else 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def chosen(typed: Secret) -> Secret:
    """A code chosen by hand, as it is printed: capitals, single hyphens. Raises Invalid(code)."""
    text = _plain(typed.reveal(), keep_hyphens=True)
    if _CHOSEN.fullmatch(text) is None or _CANONICAL.fullmatch(text.replace("-", "")) is None:
        raise Invalid(
            _("A code has 8 to 32 letters from A to Z and digits, with hyphens between them."),
            field="code",
        )
    if _is_made(text.replace("-", "").translate(_LOOKALIKES)):
        raise Invalid(
            _("Codes of twelve characters are the ones we make. Add a character or take one away."),
            field="code",
        )
    return Secret(text)


def grouped(code: Secret) -> str:
    """`XXXX-XXXX-XXXX`, as people read it; a chosen code as it was chosen. Only for the page or
    the print that shows it."""
    text = code.reveal()
    if is_signed(code):
        return "-".join(text[start : start + 5] for start in range(0, len(text), 5))
    if not _is_made(text):
        return text
    return "-".join(text[start : start + 4] for start in range(0, LENGTH, 4))


def is_signed(canonical: Secret) -> bool:
    """Has it the shape of a code that a Sovereign signed?"""
    return _SIGNED.fullmatch(canonical.reveal()) is not None


def last4(code: Secret) -> str:
    """What a list may show of it."""
    return code.reveal().replace("-", "")[-4:]


def normalise(typed: Secret) -> Secret | None:
    """The canonical code for what a person typed, or None when it cannot be one of ours."""
    text = _plain(typed.reveal()).translate(_LOOKALIKES)
    if _SIGNED.fullmatch(text) is not None:
        return Secret(text)
    if _CANONICAL.fullmatch(text) is None:
        return None
    if _is_made(text) and check_character(text[:-1]) != text[-1]:
        return None
    return Secret(text)


def code_hash(code: Secret) -> str:
    """HMAC-SHA-256 of a canonical code, 64 hex digits.

    Its key is sealed in the vault and outlives rotations of the vault's own key and of Django's.
    """
    return hasher()(code)


def hasher() -> Callable[[Secret], str]:
    """`code_hash` for many codes: the key is opened once."""
    key = lasting_key(KEY_PURPOSE)
    return lambda code: hmac.new(key, _bytes(code), hashlib.sha256).hexdigest()


def _bytes(code: Secret) -> bytes:
    """Of whatever was sent: JSON can hold half a character."""
    return code.reveal().encode(errors="surrogatepass")


def _plain(typed: str, *, keep_hyphens: bool = False) -> str:
    """Capitals and ASCII digits of any script's, without what the eye does not count."""
    wide = unicodedata.normalize("NFKC", typed).upper().replace("İ", "I")
    kept = []
    for char in wide:
        kind = unicodedata.category(char)
        if keep_hyphens and kind == "Pd":
            kept.append("-")
        elif kind == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif kind not in _IGNORED:
            kept.append(char)
    return "".join(kept)


def _is_made(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(ALPHABET)
