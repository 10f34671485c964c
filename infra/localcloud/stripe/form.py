"""Stripe's request bodies: forms with nested names, `line_items[0][price_data][currency]=omr`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from infra.localcloud.stripe.errors import invalid

Json = dict[str, Any]
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_MOST_FIELDS = 1000
_DEEPEST = 8
_TOO_MANY_METADATA, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def decode(pairs: Iterable[tuple[str, str]]) -> Json:
    """Nested dictionaries of texts; lists are dictionaries with the keys "0", "1", …"""
    document: Json = {}
    for number, (name, text) in enumerate(pairs):
        found = _NAME.fullmatch(name)
        steps = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else []
        if not steps or len(steps) > _DEEPEST or number >= _MOST_FIELDS:
            raise invalid(f"Invalid request: the parameter {name} cannot be read", param=name)
        _put(document, steps, text, name)
    return document


def _put(document: Json, steps: list[str], text: str, name: str) -> None:
    place = document
    for step in steps[:-1]:
        place = place.setdefault(step or str(len(place)), {})
        if not isinstance(place, dict):
            raise invalid(f"Invalid request: {name} is a value and an object", param=name)
    place[steps[-1] or str(len(place))] = text


class Params:
    """Parameters that are taken one by one; `done()` refuses whatever nobody took."""

    def __init__(self, raw: Json, prefix: str = "") -> None:
        self._raw = dict(raw)
        self._prefix = prefix
        self._children: list[Params] = []

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def name(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def text(self, name: str, default: str | None = None) -> str | None:
        """An empty text unsets, as at Stripe."""
        value = self._raw.pop(name, None)
        if value is None:
            return default
        if not isinstance(value, str):
            raise invalid("Invalid string", param=self.name(name), code="parameter_invalid_string")
        return value or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            full = self.name(name)
            raise invalid(f"Missing required param: {full}.", param=full, code="parameter_missing")
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", value):
            full = self.name(name)
            raise invalid(f"Invalid integer: {value}", param=full, code="parameter_invalid_integer")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.text(name, "false")
        if value not in ("true", "false"):
            raise invalid("Invalid boolean", param=self.name(name))
        return value == "true"

    def choice(self, name: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        value = self.text(name, default)
        allowed = tuple(allowed)
        if value is not None and value not in allowed:
            words = " or ".join(f"`{each}`" for each in allowed)
            raise invalid(f"Invalid {name}: must be one of {words}", param=self.name(name))
        return value

    def texts(self, name: str) -> list[str]:
        return [str(value) for value in self._object(name).values()]

    def within(self, name: str) -> Params:
        child = Params(self._object(name), self.name(name))
        self._children.append(child)
        return child

    def each(self, name: str) -> list[Params]:
        rows = []
        for number, raw in self._object(name).items():
            if not isinstance(raw, dict):
                raise invalid("Invalid object", param=self.name(name))
            rows.append(Params(raw, f"{self.name(name)}[{number}]"))
        self._children += rows
        return rows

    def methods(self, known: Iterable[str]) -> list[str]:
        """Which ways to pay are allowed; what does not fit is left out in silence.

        `payment_method_types` was taken away with 2026-09-30.endive.
        """
        if "payment_method_types" in self._raw:
            raise invalid(
                "payment_method_types is no longer supported. Use allowed_payment_method_types.",
                param=self.name("payment_method_types"),
                code="payment_method_types_no_longer_supported",
            )
        asked = self.texts("allowed_payment_method_types") or ["card"]
        return [each for each in asked if each in tuple(known)]

    def metadata(self, before: dict[str, str] | None = None) -> dict[str, str]:
        """Merged into what there was; an empty value removes a key, an empty map all of them."""
        if self._raw.get("metadata") == "":
            del self._raw["metadata"]
            return {}
        merged = dict(before or {})
        for key, text in self._object("metadata").items():
            if len(key) > _LONGEST_KEY or len(str(text)) > _LONGEST_VALUE:
                raise invalid("Metadata is too long", param=self.name(f"metadata[{key}]"))
            merged[key] = str(text)
        kept = {key: text for key, text in merged.items() if text}
        if len(kept) > _TOO_MANY_METADATA:
            raise invalid("Metadata has more than 50 keys", param=self.name("metadata"))
        return kept

    def done(self) -> None:
        """Raises for parameters that the address does not have."""
        for child in self._children:
            child.done()
        if self._raw:
            full = self.name(next(iter(self._raw)))
            raise invalid(
                f"Received unknown parameter: {full}", param=full, code="parameter_unknown"
            )

    def _object(self, name: str) -> Json:
        value = self._raw.pop(name, {})
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=self.name(name))
        return value
