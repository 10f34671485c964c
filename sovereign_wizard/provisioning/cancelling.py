"""The end of a cancelled Run: tofu is proven gone, and what exists is listed, not guessed."""

from __future__ import annotations

from typing import Any

from catalyst.problem import Problem
from catalyst.work.leases import LeaseLost
from sovereign_wizard.handover import sweep
from sovereign_wizard.provisioning import outcomes
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.phases import destroy, earlier
from sovereign_wizard.tofu.problems import StateStoreAway, StillRunning

AGAIN_SECONDS = 2.0


def finish(ctx: Context) -> float | None:
    """`cancelling` → `cancelled`; returns seconds after which to try again, if it must.

    Raises LeaseLost.
    """
    try:
        earlier.prove_gone(ctx)
    except (StillRunning, StateStoreAway) as problem:
        ctx.say(f"cancelling: {problem.detail}", level="warn")
        return AGAIN_SECONDS
    facts, words = _what_exists(ctx)
    outcomes.cancelled(ctx, facts, words)
    return None


def _what_exists(ctx: Context) -> tuple[dict[str, Any], str]:
    try:
        found = destroy.look(ctx)
    except LeaseLost:
        raise
    except Problem as problem:
        # Hetzner being away must not keep a person from cancelling.
        return {}, f"what could not be asked now ({problem.title.lower()})"
    return {sweep.FACT: found.as_dict()}, found.words()
