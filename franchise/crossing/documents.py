"""What Sovereigns tell each other, signed: a text that says how it is to be read. Pure.

The body is kept as the text that was signed, so that nobody has to write JSON the same way twice.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from franchise.crossing.pairs import is_signed

REVOKED = "revoked"  # what an issuer took back
SETTLEMENT = "settlement"  # what an audience redeemed


class NotTrue(ValueError):
    """Not signed by whom we trust, not of this kind, or not to be read."""


def pack(kind: str, body: dict[str, Any], *, key: str, sign: Callable[[bytes], bytes]) -> str:
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    signature = b64encode(sign(_message(kind, text))).decode()
    return json.dumps({"kind": kind, "key": key, "body": text, "signature": signature})


def unpack(kind: str, document: str, *, public: Callable[[str], str | None]) -> dict[str, Any]:
    """The body, if one of the keys that `public` knows by name has signed it as this kind.

    The kind is part of what was signed; the one beside it is for people. Raises NotTrue.
    """
    try:
        outer = json.loads(document)
        key, text, signature = outer["key"], outer["body"], b64decode(outer["signature"])
        known = public(key) if isinstance(key, str) else None
        if known is None or not is_signed(known, _message(kind, text), signature):
            raise NotTrue("not signed by a key that is trusted for it")
        body = json.loads(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotTrue(f"{type(error).__name__}: {error}"[:200]) from error
    if not isinstance(body, dict):
        raise NotTrue("its body is no object")
    return body


def _message(kind: str, text: str) -> bytes:
    return f"catalyst {kind} v1\0{text}".encode()
