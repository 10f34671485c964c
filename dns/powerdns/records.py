"""Values of the DNS world: RRsets, zones, keys, owner marks. Names are absolute and lower case."""

from __future__ import annotations

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

_MARK = "catalyst:"
POOL_MARK = f"{_MARK}pool"


@dataclass(frozen=True, slots=True)
class RRset:
    """All records of one name and type; no contents stands for a removal. `ttl` in seconds."""

    name: str
    type: str
    contents: tuple[str, ...]
    ttl: int


@dataclass(frozen=True, slots=True)
class Zone:
    """What PowerDNS says about a zone without its records. `account` holds the owner mark."""

    name: str
    account: str
    signed: bool
    serial: int


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key. `ds` holds DS contents of all digest types."""

    id: int
    active: bool
    published: bool
    kind: str
    algorithm: str
    ds: tuple[str, ...]

    @property
    def sha256_ds(self) -> tuple[str, ...]:
        """DS contents with digest type 2 (SHA-256), the one a parent wants (RFC 8624 §3.3)."""
        return tuple(ds for ds in self.ds if ds.split()[2] == "2")


def trusted_ds(keys: Iterable[Key]) -> tuple[str, ...]:
    """What a parent should say of a zone with these keys: the DS (SHA-256) of the active ones."""
    return tuple(ds for key in keys if key.active for ds in key.sha256_ds)


def absolute(name: str) -> str:
    """`omani.works` → `omani.works.`"""
    return f"{name.rstrip('.').lower()}."


def mark(allocation_id: uuid.UUID) -> str:
    """The owner mark of an allocation's zone.

    The id in base64url, because `account` is a VARCHAR(40) in PowerDNS' SQL schemas and the usual
    form would make it 45.
    """
    return _MARK + urlsafe_b64encode(allocation_id.bytes).decode().rstrip("=")


def marked_allocation(account: str) -> uuid.UUID | None:
    """Whose zone it is by its mark; None when the mark is not one of an allocation."""
    text = account.removeprefix(_MARK)
    if text == account or len(text) != 22:
        return None
    try:
        owner = uuid.UUID(bytes=urlsafe_b64decode(f"{text}=="))
    except ValueError:
        return None
    return owner if mark(owner) == account else None  # base64 has spellings that we never write
