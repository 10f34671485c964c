"""What is examined: the parts of a Deployment, or of a draft, that the outside must agree with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from catalyst.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Subject:
    """`deployment_id` and `allocation_id` are empty for a draft: nothing is reserved for it yet."""

    token: Secret
    project_id: str
    region: str
    control_plane_size: str
    worker_size: str
    worker_count: int
    ssh_public_key: str
    pool_domain: str
    subdomain: str
    ha_enabled: bool = False
    small_control_plane: bool = False
    deployment_id: str = ""
    allocation_id: uuid.UUID | None = None
    own_domain: str = ""

    @property
    def certified(self) -> str:
        """The domain whose certificates of a week are counted with this one's."""
        return self.own_domain or self.pool_domain

    @property
    def sizes(self) -> tuple[str, ...]:
        """Server types that will be ordered."""
        both = (self.control_plane_size, self.worker_size if self.worker_count else "")
        return tuple(dict.fromkeys(size for size in both if size))

    @property
    def control_planes(self) -> int:
        return 3 if self.ha_enabled else 1
