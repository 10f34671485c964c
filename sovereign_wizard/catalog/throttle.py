"""Our budget of requests at Hetzner: one bucket per token, shared by all processes.

A token is known here by its fingerprint only.
"""

from __future__ import annotations

import hashlib

from catalyst.limits.services import Bucket, bucket
from catalyst.vault.secret import Secret
from catalyst.work.steps import Wait

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


def wait_before(token: Secret, *, cost: int) -> Wait | None:
    """Take `cost` requests, e.g. before a tofu command; or what the phase returns when empty."""
    pause = bucket_of(token).wait_or_until(cost=cost)
    return Wait(pause.words(WHOM), pause.seconds) if pause else None
