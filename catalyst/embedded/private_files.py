"""Files only their owner can read: generated configuration and secrets. Never half written."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> Path:
    """Replace `path` atomically with `text`, readable by its owner only."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def create_private(path: Path, text: str) -> None:
    """First writer wins: what is there, or what another process made in the meantime, is kept."""
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(temporary, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def read_private(path: Path) -> str | None:
    """`None` when it is not there or belongs to somebody else."""
    try:
        return path.read_text().strip()
    except (FileNotFoundError, PermissionError):
        return None
