"""What the program is told when it starts: one JSON file, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localcloud.config import read, read_key


@dataclass(frozen=True, slots=True)
class Config:
    """`port` serves the API and the payment page by TLS, `admin_port` whoever sets the stage.

    acme_dir       where the local CA is, which signs for `port` and whom webhooks are believed by
    retry_seconds  until a webhook that was not taken is sent again; doubled every time
    account_key    secret key of an account that is there from the start; empty: none
    """

    state_dir: Path
    port: int
    admin_port: int
    admin_key: str
    acme_dir: Path
    retry_seconds: float
    account_key: str


def load(path: Path) -> Config:
    """Raises ConfigError."""
    return read(path, _config)


def _config(raw: dict[str, Any]) -> Config:
    return Config(
        state_dir=Path(raw["state_dir"]),
        port=int(raw["port"]),
        admin_port=int(raw["admin"]["port"]),
        admin_key=read_key(raw["admin"], "admin"),
        acme_dir=Path(raw["acme_dir"]),
        retry_seconds=float(raw.get("retry_seconds", 2.0)),
        account_key=read_key(raw["account"], "account") if "account" in raw else "",
    )
