"""Words for every kind of mail."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, get_type_hints

from catalyst.vault.secret import Secret
from franchise.mails import kinds
from franchise.money import Money

WHEN = datetime(2026, 12, 3, 9, tzinfo=UTC)
BY_TYPE: dict[Any, Any] = {
    str: "Acme",
    Money: Money(12_345, "OMR"),
    datetime: WHEN,
    datetime | None: WHEN,
    date: WHEN.date(),
    Secret: Secret("https://console.example/invitation?token=abc"),
}
BY_NAME: dict[str, Any] = {
    "slug": "acme",
    "code": Secret("7Q4K-9D2M-1H6R"),
    "redeem_url": "https://omantel.example/redeem",
}


def words_of(kind: str) -> dict[str, Any]:
    """All the words that the kind knows."""
    types = get_type_hints(kinds.of(kind))
    return {
        field.name: BY_NAME.get(field.name, BY_TYPE[types[field.name]])
        if (field.name, types[field.name]) != ("link", str)
        else "https://app.acme.example/"
        for field in fields(kinds.of(kind))
    }
