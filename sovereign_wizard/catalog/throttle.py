"""Our budget of requests at Hetzner: one bucket per token, shared by all processes.

A token is known here by its fingerprint only.
"""

from __future__ import annotations

import hashlib

from catalyst.limits.services import Bucket, Pause, bucket
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.problems import RateLimited

WHOM = "Hetzner"
# What the provider asks for while it works, which nobody can count from outside: about two requests
# for each resource it refreshes, and for an apply the polling of its actions as well.
PLAN_COST = 40
APPLY_COST = 120
# The reads of a preflight, which take one each; they begin when all of them are there, because a
# few at a time would never get to the end.
PREFLIGHT_COST = 20
# A person waits for the page: a short pause is better than an error.
PAGE_PATIENCE = 2.0


def bucket_of(token: Secret) -> Bucket:
    """The shared budget of a token."""
    fingerprint = hashlib.sha256(token.reveal().encode()).hexdigest()
    return bucket(name=f"hetzner:{fingerprint}")


def take(token: Secret, *, cost: int) -> None:
    """Take `cost` requests, e.g. before a tofu command; all or none. Raises RateLimited."""
    if pause := bucket_of(token).wait_or_until(cost=cost):
        raise slow_down(pause)


def look(token: Secret, *, cost: int) -> None:
    """Raises RateLimited where `cost` requests are not there; takes none."""
    if pause := bucket_of(token).pause_before(cost=cost):
        raise slow_down(pause)


def slow_down(pause: Pause | None) -> RateLimited:
    """`pause` is None when Redis, which counts, was lost between two requests."""
    words = "This project has used up its requests for now. What you typed is kept. Try again"
    if pause is None:
        return RateLimited(f"{words} in a minute.", retry_after=60, waiting=f"waiting for {WHOM}")
    return RateLimited(
        f"{words} at {pause.until:%H:%M:%S} UTC.",
        retry_after=pause.seconds,
        waiting=pause.words(WHOM),
    )
