"""`Secret`: a string that cannot be printed, logged or serialised by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """Wraps a secret value; only `reveal()` gives it out.

    Comparison is in constant time, so a Secret may be compared with a candidate safely.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        raise TypeError("a secret is not a key")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
