"""The running hash of a stream. Clients compute the same (static/src/js/log/chain.js)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

_json = json.JSONEncoder(
    ensure_ascii=False
).encode  # one encoder: making it costs more than using it


def spell(at: datetime) -> str:
    """A time as entries carry it: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def link(previous: str, seq: int, stamp: str, level: str, phase: str, text: str) -> str:
    """SHA-256 over the previous hash and one entry whose time is spelled already.

    Over a JSON array of the six, in the spelling of `json.dumps(…, ensure_ascii=False)`.
    """
    document = f'["{previous}", {seq}, "{stamp}", {_json(level)}, {_json(phase)}, {_json(text)}]'
    return hashlib.sha256(document.encode()).hexdigest()


def chain_hash(previous: str, seq: int, at: datetime, level: str, phase: str, text: str) -> str:
    """SHA-256 over the previous hash and one entry."""
    return link(previous, seq, spell(at), level, phase, text)


def link_entry(previous: str, entry: dict[str, Any]) -> str:
    """The same over an entry as readers get it."""
    return link(previous, entry["seq"], entry["at"], entry["level"], entry["phase"], entry["text"])
