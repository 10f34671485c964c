"""What a look at all zones finds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

# The octoDNS rule: of ten sets or more, not more than this share changes without a person.
SHARE = 0.30
FROM = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One name that is not as its row wants, or that no row wants.

    `kind` is `pool-missing`, `zone-missing`, `foreign-zone`, `records`, `delegation`, `keys`,
    `orphan-zone` or `orphan-delegation`. `existing` and `changes` count RRsets that are there, and
    those of them that would be changed or removed. `allocation_id` is None where no row is.
    """

    kind: str
    name: str
    detail: str
    existing: int = 0
    changes: int = 0
    allocation_id: uuid.UUID | None = None


@dataclass(slots=True)
class Look:
    """One look at everything. `existing` counts all RRsets of ours that were read."""

    zones: int = 0
    existing: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def repairable(self) -> list[Finding]:
        """What a worker can put right from the row."""
        return [one for one in self.findings if one.allocation_id and one.kind != "foreign-zone"]

    @property
    def broken(self) -> tuple[uuid.UUID, ...]:
        """Whom a worker can put right, each once."""
        ids = (one.allocation_id for one in self.repairable if one.allocation_id)
        return tuple(dict.fromkeys(ids))

    @property
    def orphaned(self) -> tuple[str, ...]:
        """Names of zones and delegations of ours that no row wants, each once."""
        found = (one.name for one in self.findings if one.kind.startswith("orphan-"))
        return tuple(dict.fromkeys(found))

    @property
    def changes(self) -> int:
        return sum(one.changes for one in self.repairable)


def too_much(*, changes: int, existing: int) -> str:
    """Why so many changes need a person; empty when they do not."""
    if existing < FROM or changes <= existing * SHARE:
        return ""
    return f"{changes} of {existing} would change, which is more than {SHARE:.0%}."
