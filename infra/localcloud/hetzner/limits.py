"""The vendor's rate limit: 3600 requests an hour per project, given back evenly, one a second."""

import time
from dataclasses import dataclass, field

from infra.localcloud.hetzner.errors import ApiError

PER_HOUR = 3600
# Under this name a project's own limit stands beside those of its resources.
REQUESTS = "requests_per_hour"


@dataclass(slots=True)
class RateLimit:
    """Token buckets by project, in memory: a restart forgives."""

    buckets: dict[int, tuple[float, float]] = field(default_factory=dict)

    def take(
        self, project: int, now: float | None = None, per_hour: int = PER_HOUR
    ) -> dict[str, str]:
        """Use one request; returns the headers of the answer. Raises rate_limit_exceeded."""
        at = time.time() if now is None else now
        left, since = self.buckets.get(project, (float(per_hour), at))
        left = min(float(per_hour), left + (at - since) * per_hour / 3600)
        if left < 1:
            self.buckets[project] = (left, at)
            raise RateLimited(_headers(left, at, per_hour))
        left -= 1
        self.buckets[project] = (left, at)
        return _headers(left, at, per_hour)


def _headers(left: float, at: float, per_hour: int) -> dict[str, str]:
    full_at = at + (per_hour - left) * 3600 / per_hour
    return {
        "RateLimit-Limit": str(per_hour),
        "RateLimit-Remaining": str(int(left)),
        "RateLimit-Reset": str(int(full_at)),
    }


class RateLimited(ApiError):
    """Carries the headers, which a refused request gets too."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("rate_limit_exceeded", "rate limit exceeded")
        self.headers = headers
