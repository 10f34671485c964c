"""Whom this side believes over TLS. Verification is never off."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Trusts the authorities of `ca_bundle` (PEM) and no other; None: the public ones.

    The same one for all until the file is another: reading it takes longer than several calls.
    Raises OSError when it cannot be read, ssl.SSLError being one.
    """
    return _read(ca_bundle, ca_bundle.stat().st_mtime_ns if ca_bundle else 0)


@lru_cache(maxsize=8)
def _read(ca_bundle: Path | None, _changed: int) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca_bundle) if ca_bundle else None)
