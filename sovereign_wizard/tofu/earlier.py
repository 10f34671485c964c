"""Proves that what an earlier lease holder started is gone: its processes and its PostgreSQL
session.

Nothing else may run tofu on this state before. The state is never force-unlocked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu import identity, runner, state_lock
from sovereign_wizard.tofu.problems import ProcessElsewhere, StillRunning

LOOK_SECONDS = 0.5


class Say(Protocol):
    """A line in the log of whoever waits."""

    def __call__(self, text: str, *, level: str = "info") -> None: ...


@dataclass(frozen=True, slots=True)
class Successor:
    """The lease holder that wants to go on with the state in `schema`.

    - `left`: the ProcessIdentity the lease remembers, as a mapping; empty when there was none.
    - `fenced`: a transaction in which the lease is certainly the successor's.
    - `lost`: whether somebody newer has taken over.
    """

    left: Mapping[str, Any]
    dsn: Secret
    schema: str
    fenced: Callable[[], AbstractContextManager[None]]
    lost: Callable[[], bool]
    say: Say


def prove_gone(successor: Successor) -> None:
    """Return when no earlier tofu can do anything to this state any more.

    Raises StillRunning, StateStoreAway, and what `fenced` raises when the lease is lost.
    """
    if not successor.left:
        return
    known_gone = _process_is_gone(successor, identity.ProcessIdentity(**successor.left))
    _end_its_session(successor, patience=0.0 if known_gone else runner.ENDING_SECONDS)


def _process_is_gone(successor: Successor, earlier: identity.ProcessIdentity) -> bool:
    try:
        if identity.still_running(earlier):
            successor.say("An earlier tofu of this run is still ending; waiting for it")
            identity.end(earlier, seconds=runner.ENDING_SECONDS)
    except ProcessElsewhere:
        # Its lease is over, so its supervisor stops it; that takes as long as it may take.
        successor.say("An earlier tofu ran on another host; the state's lock decides", level="warn")
        return False
    return True


def _end_its_session(successor: Successor, *, patience: float) -> None:
    """Wait `patience` seconds for the lock to be let go, then end the session that holds it."""
    dsn, schema = successor.dsn, successor.schema
    deadline = time.monotonic() + patience
    while (session := state_lock.holder(dsn=dsn, schema=schema)) is not None:
        if successor.lost():
            raise StillRunning("Another worker has taken over.")
        if time.monotonic() >= deadline:
            # Inside the fence nobody newer than we can have taken the lock.
            with successor.fenced():
                state_lock.end(session, dsn=dsn, schema=schema)
            successor.say(
                "The database session an earlier tofu left behind was ended", level="warn"
            )
            return
        time.sleep(LOOK_SECONDS)
