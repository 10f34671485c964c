"""Passwords of the demo's people, made once, kept 0600 beside the stack's other secrets."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from catalyst.embedded.private_files import write_private


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    folder: Path

    def password(self, name: str) -> tuple[str, bool]:
        """The password of a person, and whether it was there before."""
        path = self.folder / name
        if path.exists():
            return path.read_text(), True
        write_private(path, secrets.token_urlsafe(15))
        return path.read_text(), False
