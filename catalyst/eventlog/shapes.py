"""What secrets look like that the run was never told. Must leave ids and hashes of ours alone."""

from __future__ import annotations

import re

MASK = "‹redacted›"
_KEY_BEGINS = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
_KEY_ENDS = r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
# Names whose value is worth hiding: token, hcloud_token, HCLOUD_CALLED, apiToken, x-auth-token.
_CALLED = r"(?:token|secret|password|passwd|api[-_]?key|access[-_]?key)"
# Hetzner Cloud tokens are 64 letters and digits; other vendors' are 32 and longer.
_VALUE = r"[A-Za-z0-9_-]{32,256}"

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Private keys, whole or cut off at the end of the line (RFC 7468, OpenSSH, PGP).
    (re.compile(rf"{_KEY_BEGINS}.*?(?:{_KEY_ENDS}|\Z)", re.DOTALL), MASK),
    (re.compile(rf"\A[^\n]*?{_KEY_ENDS}", re.DOTALL), MASK),
    # JWS compact serialisation (RFC 7515 §7.1): the header starts with `{"`.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"), MASK),
    # HTTP authentication (RFC 9110 §11.6.2), in a header or a dump of one.
    (
        re.compile(
            r"(?i)(\bauthorization\W{1,6}(?:bearer|basic|token)[ +]+)(?!‹)[^\s\"'\\,;<>]{6,}"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)(\bbearer )(?!‹)([\w.~+/-]{24,}=*)"), rf"\1{MASK}"),
    (
        re.compile(rf"(?i)({_CALLED}\\?[\"']?\s{{0,4}}[=:]\s{{0,4}}\\?[\"']?){_VALUE}(?![\w-])"),
        rf"\1{MASK}",
    ),
    # k3s join tokens: K10, the hash of the CA, user and password.
    (re.compile(r"\bK10[0-9a-f]{64}::\w+:\w+"), MASK),
    # The password in a URL (RFC 3986 §3.2.1).
    (
        re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,128}:)(?!‹)[^\s/@]{1,256}@"),
        rf"\1{MASK}@",
    ),
)
# None of the shapes can be where none of these is; most lines end here.
_HINTS = (
    *("private key", "eyj", "bearer ", "authorization", "k10", "://"),
    *("token", "secret", "passw", "key"),
)
_BODY_LINE = re.compile(r"\s*(?:[A-Za-z0-9+/]+={0,2}|[A-Za-z-]+: .*|)\s*")
_SECRET_NAME = re.compile(rf"(?i){_CALLED}\Z")


def mask(text: str) -> str:
    """Text with everything of a known shape masked."""
    low = text.lower()
    if not any(hint in low for hint in _HINTS):
        return text
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


def is_secret_of_name(name: str, text: str) -> bool:
    """Whether a value looks like a secret, given what it is called."""
    return bool(_SECRET_NAME.search(name) and re.fullmatch(_VALUE, text))


def opens_key(text: str) -> bool:
    """A private key begins in this line and does not end in it."""
    begins = [found.end() for found in re.finditer(_KEY_BEGINS, text)]
    return bool(begins) and not re.search(_KEY_ENDS, text[begins[-1] :])


def closes_key(text: str) -> bool:
    return re.search(_KEY_ENDS, text) is not None


def goes_on_with_key(text: str) -> bool:
    """Whether this can be a line of a private key that began earlier (or its last)."""
    return closes_key(text) or _BODY_LINE.fullmatch(text) is not None
