"""Lets time pass: ends actions when they are due and applies what their end means (`effects.py`).

It reads everything from the store, so an action that was running when the program died ends after
the next start.
"""

import asyncio
import time

from infra.localcloud.hetzner import effects
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.store import Action


async def run_clock(cloud: Cloud) -> None:
    """Runs until cancelled."""
    while True:
        cloud.clock.clear()
        due = settle(cloud, time.time())
        delay = None if due is None else max(0.0, due - time.time())
        try:
            await asyncio.wait_for(cloud.clock.wait(), delay)
        except TimeoutError:
            continue


def settle(cloud: Cloud, now: float) -> float | None:
    """End every action that is due at `now`; returns when the next one is due."""
    running = cloud.store.running_actions()
    # In the order they are due, so that a server is created before it is started.
    finished = sorted(
        (action for action in running if action.due <= now), key=lambda action: action.due
    )
    if finished:
        with cloud.store.transaction():
            for action in finished:
                _end(cloud, action, now)
        cloud.announce()
    return min((action.due for action in running if action.due > now), default=None)


def _end(cloud: Cloud, action: Action, now: float) -> None:
    cloud.store.finish_action(action, now)
    effect = (effects.ENDS if action.error is None else effects.FAILURES).get(action.command)
    if effect is None:
        return
    kind, change = effect
    identifier = next(entry["id"] for entry in action.resources if entry["type"] == kind)
    row = cloud.store.find(kind, identifier, action.project)
    if row is not None:  # it may have been deleted meanwhile
        change(cloud, row, action)
        cloud.store.save(row)
