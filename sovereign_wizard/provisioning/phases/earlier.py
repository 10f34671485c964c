"""Proves that what an earlier holder started is gone: its processes and its PostgreSQL session.

Nothing else may run tofu on this Deployment's state before. The state is never force-unlocked.
"""

from __future__ import annotations

import time

from sovereign_wizard.provisioning import state_versions
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.tofu import identity, runner, state_lock
from sovereign_wizard.tofu.problems import ProcessElsewhere, StillRunning

LOOK_SECONDS = 0.5


def prove_gone(ctx: Context) -> None:
    """Return when no earlier tofu of this Deployment can do anything any more.

    Raises StillRunning, StateStoreAway, LeaseLost.
    """
    left = ctx.beat.held.process()
    if not left:
        return
    known_gone = _process_is_gone(ctx, identity.ProcessIdentity(**left))
    _end_its_session(ctx, patience=0.0 if known_gone else runner.ENDING_SECONDS)


def _process_is_gone(ctx: Context, earlier: identity.ProcessIdentity) -> bool:
    try:
        if identity.still_running(earlier):
            ctx.say("An earlier tofu of this run is still ending; waiting for it")
            identity.end(earlier, seconds=runner.ENDING_SECONDS)
    except ProcessElsewhere:
        # Its lease is over, so its supervisor stops it; that takes as long as it may take.
        ctx.say("An earlier tofu ran on another host; the state's lock decides", level="warn")
        return False
    return True


def _end_its_session(ctx: Context, *, patience: float) -> None:
    """Wait `patience` seconds for the lock to be let go, then end the session that holds it."""
    dsn, schema = state_versions.dsn(), state_versions.schema_of(ctx.deployment)
    deadline = time.monotonic() + patience
    while (session := state_lock.holder(dsn=dsn, schema=schema)) is not None:
        if ctx.beat.lost.is_set():
            raise StillRunning("Another worker has taken over.")
        if time.monotonic() >= deadline:
            # Inside the fence nobody newer than we can have taken the lock.
            with ctx.beat.held.fenced():
                state_lock.end(session, dsn=dsn, schema=schema)
            ctx.say("The database session an earlier tofu left behind was ended", level="warn")
            return
        time.sleep(LOOK_SECONDS)
