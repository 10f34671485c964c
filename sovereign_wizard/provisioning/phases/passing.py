"""What passes by itself is waited for, with the reason said; the budget ends the patience."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from catalyst.work.steps import Wait
from sovereign_wizard.catalog.problems import HetznerAway, RateLimited
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.tofu.problems import (
    StateLocked,
    StateStoreAway,
    StillRunning,
    VendorBusy,
)

P = TypeVar("P")

AWAY = Wait("Hetzner's API does not answer. This goes on by itself.", 3.0)
LOCKED = Wait("The state is still locked by an earlier tofu that is ending.", 3.0)
STORE_AWAY = Wait("The database that keeps the state does not answer.", 2.0)
# Looking at the budget costs nothing, and a budget kept alone while Redis was away is corrected.
SLOWEST_SECONDS = 15.0


def slower(problem: RateLimited) -> Wait:
    """E.g. "waiting for Hetzner until 14:02:11 UTC"."""
    seconds = min(problem.extra["retry_after"], SLOWEST_SECONDS)
    return Wait(problem.extra["waiting"], seconds)


def waits_for_what_passes(run: Callable[[P, Context], Outcome]) -> Callable[[P, Context], Outcome]:
    """Turns the Problems that pass by themselves into a Wait."""

    @wraps(run)
    def waiting(phase: P, ctx: Context) -> Outcome:
        try:
            return run(phase, ctx)
        except (StateLocked, StillRunning):
            return LOCKED
        except StateStoreAway:
            return STORE_AWAY
        except HetznerAway:
            return AWAY
        except RateLimited as problem:
            return slower(problem)
        except VendorBusy as problem:
            codes = ", ".join(problem.extra["codes"])
            return Wait(f"Hetzner is still busy with it ({codes}). This goes on by itself.", 3.0)

    return waiting
