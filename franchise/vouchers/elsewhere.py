"""Codes that another Sovereign signed: who reads them registers here, when the app starts.

This room knows nothing of signatures; a code that was taken in is a code like any other.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

from catalyst.vault.secret import Secret
from franchise.money import Money


class Worth(NamedTuple):
    """What a signed code says and what may be done with it: a word of `preview.State`."""

    state: str
    credit: Money | None = None
    last_day: date | None = None


class Reader(Protocol):
    def judge(self, code: Secret) -> Worth:
        """Of a canonical signed code. Writes nothing, asks nobody."""

    def take_in(self, code: Secret) -> None:
        """Make its rows, in the caller's transaction. Only of one that was judged valid."""


_readers: list[Reader] = []


def read_by(reader: Reader) -> None:
    _readers[:] = [reader]


def reader() -> Reader | None:
    return _readers[0] if _readers else None
