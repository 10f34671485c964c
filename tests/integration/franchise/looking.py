"""A page that asks for a part of itself again and again, as HTMX does."""

from __future__ import annotations

import pytest
from django.test import Client


def looked_at(client: Client, place: str, page: str) -> str:
    """Ask again until there is nothing new (the estimate moves on every few seconds)."""
    for _ in range(5):
        seen = page.split("?seen=")[1].split('"')[0]
        part = client.get(f"{place}?seen={seen}", headers={"HX-Request": "true"})
        if part.status_code == 204:
            return seen
        page = part.text
    pytest.fail("there is always something new")
