"""How the hard tests of names call, wait and look: programs with tokens, locks, other threads."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from dns.pools import services, worker
from dns.pools.models import Allocation
from dns.tokens import services as tokens
from dns.tokens.models import Scope
from tests.integration.dns.asking import POOL

Call = Callable[..., tuple[int, dict[str, Any]]]


def program(name: str) -> tuple[str, Call]:
    """A program's token, and how it calls the API with it."""
    issued = tokens.issue(
        name=name, scopes=list(Scope.values), actor="test", life=timedelta(days=1)
    )
    token = issued.secret.reveal()

    def call(method: str, path: str, wait: int = 0, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = Client().generic(
            method,
            f"/api/v1/pool/{POOL}/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Prefer": f"wait={wait}"},
        )
        return answer.status_code, answer.json()

    return token, call


def run_out(label: str) -> None:
    Allocation.objects.filter(label=label, state="reserved").update(
        expires_at=Now() - timedelta(seconds=1)
    )


def settled(allocation_id: str) -> bool:
    """Let the worker look once more: are the name servers as the row wants them?"""
    worker.sync(allocation_id=uuid.UUID(allocation_id))
    return services.status(allocation_id=uuid.UUID(allocation_id)).settled


def waits_for_a_lock() -> bool:
    """Does another connection to this database wait for a lock?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees one only
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (count,) = cursor.fetchone()
    return bool(count)


Start = Callable[[Callable[[], Any]], "Future[Any]"]


@contextmanager
def elsewhere() -> Iterator[Start]:
    """Gives a function that runs an act on a thread and connection of its own."""
    with ThreadPoolExecutor(1) as pool:

        def run(act: Callable[[], Any]) -> Any:
            try:
                return act()
            finally:
                connection.close()

        yield lambda act: pool.submit(run, act)
