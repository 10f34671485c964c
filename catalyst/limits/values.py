"""What a limit answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it be done? `remaining` of `limit` are left; one more comes in `reset_seconds`.

    `counted`: false while Redis is away; a strict limit then refuses, the others allow.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    counted: bool = True

    def headers(self) -> dict[str, str]:
        """`RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-07), `Retry-After` if refused."""
        if not (self.allowed or self.counted):
            return {"Retry-After": str(self.reset_seconds)}
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return told if self.allowed else {**told, "Retry-After": str(self.reset_seconds)}


@dataclass(frozen=True, slots=True)
class Pause:
    """Not now: `until` is when (UTC), `seconds` how long from now."""

    until: datetime
    seconds: float

    def words(self, whom: str) -> str:
        """E.g. `waiting for Hetzner until 14:02:11 UTC`."""
        return f"waiting for {whom} until {self.until:%H:%M:%S} UTC"
