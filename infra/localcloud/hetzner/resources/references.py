"""References "by ID or name": the vendor takes a number too where its document says text."""

from typing import Any

from infra.localcloud.hetzner.calls import Complete, Json


def as_text(*fields: str) -> Complete:
    """Turns numbers in these fields (or in lists in them) into text, before the body is checked."""

    def complete(body: Json) -> Json:
        given = {field: _text(body[field]) for field in fields if field in body}
        return {**body, **given}

    return complete


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(entry) for entry in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
