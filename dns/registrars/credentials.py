"""Credentials of one request: checked for shape, kept as secrets, never printed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from catalyst.vault.secret import Secret
from dns.registrars.problems import InvalidCredentialShape, MissingToken
from dns.registrars.values import CredentialField

LONGEST = 512


class Credentials:
    """Field → secret. Every value is visible ASCII, so it fits a header and breaks no line."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Secret]) -> None:
        self._values = dict(values)

    @classmethod
    def read(cls, fields: Sequence[CredentialField], given: Mapping[str, str]) -> Credentials:
        """Take what the fields name. Raises MissingToken, InvalidCredentialShape, naming one."""
        values: dict[str, Secret] = {}
        for field in fields:
            text = given.get(field.name, "").strip()
            if not text:
                if field.required:
                    raise MissingToken(f"{field.label} is missing.", field=field.name)
                continue
            if len(text) > LONGEST or not all("!" <= letter <= "~" for letter in text):
                raise InvalidCredentialShape(
                    f"{field.label} has characters that none of them has, or is too long. "
                    "Copy it once more, without spaces and line breaks.",
                    field=field.name,
                )
            if field.choices and text not in dict(field.choices):
                raise InvalidCredentialShape(
                    f"{field.label} is one of {', '.join(dict(field.choices))}.", field=field.name
                )
            values[field.name] = Secret(text)
        return cls(values)

    def reveal(self, name: str) -> str:
        """The text of a field; empty when it was not given. Only for what goes to the vendor."""
        value = self._values.get(name)
        return value.reveal() if value is not None else ""

    def with_default(self, name: str, value: str) -> Credentials:
        """The same, with a value for a field that was left empty."""
        return Credentials({name: Secret(value), **self._values})

    def fingerprint(self) -> str:
        """Stands for the account in locks; nothing can be read from it."""
        digest = hashlib.sha256()
        for name in sorted(self._values):
            digest.update(f"{name}={self._values[name].reveal()}\n".encode())
        return digest.hexdigest()[:32]

    def __repr__(self) -> str:
        return f"<credentials {', '.join(self._values)}>"
