"""One round of chaos: a Sovereign is made while one process of the stack is killed with SIGKILL.

Whatever was killed, whenever: it ends ready, with one set of resources, and a log without a gap
whose hash is right.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from catalyst.embedded import processes
from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.eventlog.chain import link_entry
from sovereign_wizard.provisioning.order import ORDER
from tests.e2e.conftest import Console, hetzner, stack_process

VICTIMS = ("worker", "beat", "web", "redis", "postgres")
LONGEST_DELAY = 1.5


@dataclass(frozen=True, slots=True)
class Round:
    """Who is killed, in which phase, how long after it began. The seed decides all three."""

    seed: int
    victim: str
    phase: str
    delay: float

    @classmethod
    def of(cls, seed: int) -> Round:
        dice = random.Random(seed)
        return cls(
            seed=seed,
            victim=dice.choice(VICTIMS),
            phase=dice.choice(ORDER),
            delay=dice.uniform(0, LONGEST_DELAY),
        )

    def __str__(self) -> str:
        return f"seed {self.seed}: kill {self.victim} {self.delay:.2f} s into {self.phase}"


def begun(phase: str) -> Callable[[dict[str, Any]], bool]:
    def reached(document: dict[str, Any]) -> bool:
        found = next(row for row in document["phases"] if row["id"] == phase)
        return bool(found["state"] != "pending")

    return reached


def kill(stack: Stack, victim: str) -> None:
    """SIGKILL to the process and to everything it started, as a crashed machine would."""
    process = stack_process(stack, victim)
    for child in processes.descendants(process):
        _kill(child)
    _kill(process)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def play(
    round_: Round,
    *,
    stack: Stack,
    state: StackState,
    cloud: Cloud,
    console: Console,
    wish: dict[str, Any],
) -> dict[str, Any]:
    """Provision, kill, wait for `ready`. Fails with the round's seed when a promise is broken."""
    deployment_id = console.provision(wish)
    console.until(deployment_id, begun(round_.phase))
    time.sleep(round_.delay)  # the moment is the experiment
    kill(stack, round_.victim)
    document = console.until(deployment_id, lambda seen: seen["status"] == "ready")
    one_set(state, wish["hetznerToken"], document, workers=wish["workerCount"])
    whole_log(console, deployment_id)
    return document


def one_set(state: StackState, token: str, document: dict[str, Any], *, workers: int) -> None:
    client = hetzner(state, token)
    servers = [server.name for server in client.servers.get_all()]
    assert len(servers) == len(set(servers)) == 1 + workers, servers
    for kind in (client.load_balancers, client.networks, client.firewalls):
        assert len(kind.get_all()) == 1
    assert document["result"]["loadBalancerIP"]


def whole_log(console: Console, deployment_id: str) -> None:
    """Every line from the first, without a gap, under the hash the server says."""
    after, chain, last = 0, "", -1
    while after != last:
        try:
            answer = console.person.http.get(
                f"/log/deployment:{deployment_id}/page", params={"after": after}
            )
            page = answer.raise_for_status().json()
        except httpx.HTTPError:
            continue  # what was killed is being started again
        last = page["last_seq"]
        for entry in page["entries"]:
            assert entry["seq"] == after + 1, f"a gap after line {after}"
            after = entry["seq"]
            chain = link_entry(chain, entry)
    assert chain == page["chain"], "the log was altered or is not whole"
