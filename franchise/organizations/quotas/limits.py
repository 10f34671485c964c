"""What a plan allows, kept with the Organization as it was when it was bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catalyst.problem import Invalid

# A metered plan has no limit that was bought; this is where it stops all the same, so that a
# program gone wild costs a day's bill and not a month's.
CEILING_VCPU, CEILING_MEMORY_MB, CEILING_DISK_GB = 64, 131_072, 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole vCPU, MiB and GiB. `metered`: paid by use, so these are the ceiling."""

    vcpu: int
    memory_mb: int
    disk_gb: int
    metered: bool = False

    def __post_init__(self) -> None:
        if min(self.vcpu, self.memory_mb, self.disk_gb) <= 0:
            raise Invalid("A plan allows more than nothing.", field="plan")

    @classmethod
    def by_use(cls) -> Limits:
        """Of a metered plan."""
        return cls(CEILING_VCPU, CEILING_MEMORY_MB, CEILING_DISK_GB, metered=True)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Limits | None:
        """From the Organization's row; None while there is no plan."""
        return cls(**kept) if kept else None

    def kept(self) -> dict[str, Any]:
        return asdict(self)
