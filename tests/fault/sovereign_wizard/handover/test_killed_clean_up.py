"""A clean-up's worker dies in the middle; another one ends it, and nothing is done twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from catalyst.eventlog import services as eventlog
from catalyst.work.models import LeaseRow
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.models import CleanUp, CleanUpState, ReceiptKind
from tests.fault.catalyst.processes import process
from tests.integration.internet.running import until
from tests.integration.sovereign_wizard.conftest import (
    name,
    person,
    pool,
    ssh_public_key,
    tokens,
)
from tests.integration.sovereign_wizard.handover.conftest import (
    deployment,
    owner,
    project,
    stopped,
    token,
)
from tests.integration.sovereign_wizard.preflight.cloud_project import admin, hits

__all__ = [
    "deployment", "name", "owner", "person", "pool", "project", "ssh_public_key", "stopped",
    "token", "tokens",
]  # fmt: skip
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PATIENCE_SECONDS = 120.0

WORKER = """
import uuid
from sovereign_wizard.handover import clean_up
say("at work")
clean_up.advance(uuid.UUID("{id}"))
say("over")
"""


@contextmanager
def slow_delete(path: str) -> Iterator[int]:
    """The first DELETE of this path takes some seconds; yields the fault's id."""
    match = {"method": "DELETE", "path": path}
    wish = {"kind": "latency", "match": match, "times": 1, "seconds": 5}
    fault = int(admin("POST", "/faults", json=wish).json()["id"])
    try:
        yield fault
    finally:
        admin("DELETE", f"/faults/{fault}")


def tofu_was_started(asked: CleanUp) -> bool:
    row = LeaseRow.objects.filter(subject=f"clean-up:{asked.pk}").first()
    return row is not None and bool(row.process)


@pytest.mark.parametrize("moment", ["before anything is taken over", "while it is destroyed"])
def test_given_a_killed_worker_when_another_goes_on_then_the_reviewed_things_are_gone_once(
    project, stopped, owner, moment: str
) -> None:
    seen = sweep.look(deployment=stopped, occasion="test")
    asked = sweep.ask(
        deployment=stopped,
        keys=[item.key for item in seen.also_found],
        confirm_fqdn=stopped.fqdn,
        actor=owner,
    )
    code = WORKER.format(id=asked.pk)
    with slow_delete(f"/volumes/{project.volume.id}$") as fault, process(code) as first:
        assert first.line() == "at work"
        if moment == "while it is destroyed":
            until(lambda: hits(fault) == 1, seconds=PATIENCE_SECONDS)
        else:
            until(lambda: tofu_was_started(asked), seconds=PATIENCE_SECONDS)
        first.signal(signal.SIGKILL)
        first.popen.wait(10)
    asked.refresh_from_db()
    assert asked.state == CleanUpState.ASKED and not stopped.receipts.exists()

    # What the time of the lease does.
    LeaseRow.objects.filter(subject=f"clean-up:{asked.pk}").update(
        expires_at="2000-01-01T00:00:00Z"
    )
    with process(code) as second:
        assert [second.line(), second.line(PATIENCE_SECONDS)] == ["at work", "over"]

    asked.refresh_from_db()
    assert asked.state == CleanUpState.DONE, (asked.problem, asked.waits_for)
    assert {volume.name for volume in project.client.volumes.get_all()} == {"stranger"}
    assert project.client.load_balancers.get_all() == []
    assert [server.name for server in project.client.servers.get_all()] == ["ours-cp-0"]
    assert stopped.receipts.filter(kind=ReceiptKind.LEFTOVERS_REMOVED).count() == 1
    told = [line["text"] for line in eventlog.read(stopped.subject, limit=1000).entries]
    assert sum(text.startswith("removed: ") for text in told) == 1
