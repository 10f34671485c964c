"""`stack.json`: what a stack wrote down about itself, changed by one process at a time."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalyst.embedded.private_files import write_private


def read_document(root: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads((root / "stack.json").read_text())
    except FileNotFoundError:
        return {}
    return document


@contextmanager
def edit(root: Path) -> Iterator[dict[str, Any]]:
    """Change `stack.json` under a lock, so that two processes never overwrite each other."""
    with (root / "run" / "stack.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        document = read_document(root)
        before = json.dumps(document)
        yield document
        if json.dumps(document) != before:
            write_private(root / "stack.json", json.dumps(document, indent=2) + "\n")
