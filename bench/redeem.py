"""Redeeming under load: `make bench-redeem`. Prints one line of figures.

Fifty customers, each a process with an open connection, redeem one code at the same moment; after
each such rush the same fifty write the same rows by bare SQL (`redeem_raw`), so that whoever else
is at work on this machine slows both. That the rows are the same is counted in every table.
A customer's time is from the moment all start until their own COMMIT is answered: the last of
fifty has waited for forty-nine others.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from psycopg import sql

from bench import scratch
from bench.figures import late

CUSTOMERS = 50
ROUNDS = int(os.environ.get("CATALYST_BENCH_ROUNDS", "10"))
WARM_UP = 2  # rounds that are not counted: plans, caches, connections
ALONE = 40  # redemptions of one customer when nobody else redeems
PATIENCE = 600.0
Act = Callable[[str], None]
Times = list[list[float]]  # milliseconds of each customer by round

fork = multiprocessing.get_context("fork")


def issue() -> Any:
    """One code for everybody."""
    from django.utils import timezone

    from franchise.money import Money
    from franchise.vouchers import services as vouchers

    return vouchers.issue(
        credit=Money(10_000, "OMR"),
        max_redemptions=1_000_000,
        expires_at=timezone.now() + timedelta(days=1),
        actor="bench",
    )


def ours(issued: Any) -> Act:
    from franchise.redeem.services import redeem

    def act(name: str) -> None:
        redeem(
            code=issued.code,
            email=f"{name}@example.com",
            organization_name=name,
            idempotency_key=name,
        )

    return act


def raw(issued: Any) -> Act:
    from bench.redeem_raw import Raw

    return Raw(issued).redeem


def rush(issued: Any) -> tuple[Times, Times]:
    """What each of CUSTOMERS took in each round, ours and raw in turn."""
    barrier, answers = fork.Barrier(CUSTOMERS), fork.SimpleQueue()
    started = [
        fork.Process(target=_customer, args=(issued, number, barrier, answers), daemon=True)
        for number in range(CUSTOMERS)
    ]
    for one in started:
        one.start()
    found = [answers.get() for _ in started]
    for one in started:
        one.join()
    if failed := [each for each in found if isinstance(each, str)]:
        raise RuntimeError(f"{len(failed)} customers failed: {failed[0]}")
    return tuple(  # type: ignore[return-value]
        [[each[side][number] for each in found] for number in range(ROUNDS)] for side in (0, 1)
    )


def _customer(issued: Any, number: int, barrier: Barrier, answers: Any) -> None:
    from django.db import connection

    try:
        connection.ensure_connection()
        acts = (ours(issued), raw(issued))
        times: tuple[list[float], list[float]] = ([], [])
        for round_number in range(WARM_UP + ROUNDS):
            for act, found in zip(acts, times, strict=True):
                name = f"c{number}x{round_number}x{uuid.uuid4().hex[:12]}"
                barrier.wait(PATIENCE)
                found.append(timed(act, name))
        answers.put(tuple(found[WARM_UP:] for found in times))
    except Exception as error:  # noqa: BLE001 - told to whoever waits for the figures
        barrier.abort()
        answers.put(f"{type(error).__name__}: {error}")


def timed(act: Act, name: str) -> float:
    began = time.perf_counter()
    act(name)
    return (time.perf_counter() - began) * 1000


def alone(act: Act) -> float:
    """Median milliseconds of one customer when nobody else redeems."""
    names = [f"alone-{uuid.uuid4().hex[:16]}" for _ in range(ALONE)]
    return statistics.median([timed(act, f"a{name[6:]}") for name in names][5:])


def rows() -> dict[str, int]:
    """How many rows each table has."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = {}
        for table in tables:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            found[table] = int(cursor.fetchone()[0])
    return found


def must_write_the_same(acts: tuple[Act, Act]) -> int:
    """How many rows one redemption makes. Raises RuntimeError where the two sides differ."""
    made = []
    for number, act in enumerate(acts):
        act(f"first-{number}")  # what only the first one makes
        before = rows()
        act(f"second-{number}")
        after = rows()
        made.append({name: after[name] - n for name, n in before.items() if after[name] != n})
    if made[0] != made[1]:
        raise RuntimeError(f"not the same rows: ours {made[0]}, raw {made[1]}")
    return sum(made[0].values())


def must_agree(issued: Any) -> None:
    """Counters and rows after all of it. Raises RuntimeError."""
    from franchise.ledger.models import Grant
    from franchise.vouchers.models import Redemption, VoucherCode

    counter = VoucherCode.objects.get(pk=issued.voucher.pk).redeemed
    counts = {counter, Redemption.objects.count(), Grant.objects.count()}
    if len(counts) != 1:
        raise RuntimeError(f"counter, redemptions and grants differ: {counts}")


def main() -> int:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    load = os.getloadavg()[0]  # others at work make every figure worse
    with scratch.backing_services(), scratch.database():
        from django.db import connections

        issued = issue()
        acts = (ours(issued), raw(issued))
        written = must_write_the_same(acts)
        one, bare_one = alone(acts[0]), alone(acts[1])
        connections.close_all()  # a connection must not be shared with a fork
        mine, bare = rush(issued)
        must_agree(issued)
    # A rush is over when its last customer has an answer.
    ratio = sum(max(each) for each in bare) / sum(max(each) for each in mine)
    flat = [each for found in mine for each in found]
    flat_bare = [each for found in bare for each in found]
    print(
        f"bench-redeem: {CUSTOMERS} at once on one code, {ROUNDS} times, {written} rows each: "
        f"{ratio:.2f} of raw SQL's throughput (goal 0.5), p95 {late(flat):.0f} ms (goal 50), "
        f"raw p95 {late(flat_bare):.0f} ms, p50 {statistics.median(flat):.0f} and "
        f"{statistics.median(flat_bare):.0f} ms · one alone {one:.1f} and {bare_one:.1f} ms · "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
