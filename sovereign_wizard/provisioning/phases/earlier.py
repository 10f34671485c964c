"""A phase goes on only after the tofu of an earlier holder of this Deployment is proven gone."""

from __future__ import annotations

from sovereign_wizard.provisioning import state_versions
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.tofu import earlier


def prove_gone(ctx: Context) -> None:
    """Return when no earlier tofu of this Deployment can do anything any more.

    Raises StillRunning, StateStoreAway, LeaseLost.
    """
    held = ctx.beat.held
    earlier.prove_gone(
        earlier.Successor(
            left=held.process(),
            dsn=state_versions.dsn(),
            schema=state_versions.schema_of(ctx.deployment),
            fenced=held.fenced,
            lost=ctx.beat.lost.is_set,
            say=ctx.say,
        )
    )
