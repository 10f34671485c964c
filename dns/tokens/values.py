"""Who acts on names, and what a new token is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from catalyst.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Caller:
    """A program or person at the API. `owner` is whose its names are and whom they count for.

    `scopes` and `pools` (none: all) say what it may do; `names_limit` None is the settings' limit.
    """

    owner: str
    actor: str
    scopes: frozenset[str]
    pools: frozenset[str] = frozenset()
    names_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token; `secret` is shown this once."""

    id: uuid.UUID
    name: str
    secret: Secret
    expires_at: datetime
