"""What the mail server is told when it starts: one JSON file, read and checked once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localcloud.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """`smtp_port` takes mails, `page_port` shows them; both on 127.0.0.1.

    folder    the Maildir (`mailbox.Maildir` reads it)
    acme_dir  where the local CA is, which signs for STARTTLS
    """

    folder: Path
    smtp_port: int
    page_port: int
    acme_dir: Path


def load(path: Path) -> Config:
    """Raises ConfigError."""
    return read(path, _config)


def _config(raw: dict[str, Any]) -> Config:
    return Config(
        folder=Path(raw["folder"]),
        smtp_port=int(raw["smtp_port"]),
        page_port=int(raw["page_port"]),
        acme_dir=Path(raw["acme_dir"]),
    )
