"""Ten thousand codes made in one go, and taken out again, against the same rows written raw.

`python -m bench.vouchers`. The goal is ten seconds; raw is PostgreSQL copying the very rows, with
their indexes, without a key or a secret being made.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench import scratch

CODES = 10_000
GOAL_SECONDS = 10.0
TABLES = ("vault_sealed_secret", "franchise_voucher_code")


def line() -> str:
    from django.utils import timezone

    from franchise.money import Money
    from franchise.vouchers import services as vouchers

    wanted = vouchers.Rules(
        name="Bench", credit=Money(5_000, "OMR"), ends_at=timezone.now() + timedelta(days=7)
    )
    campaign = vouchers.create_campaign(wanted=wanted, actor="bench")
    vouchers.add_batch(campaign_id=campaign.pk, size=10, actor="bench")  # caches are warm
    busy = time.process_time()
    batch, making = timed(
        lambda: vouchers.add_batch(campaign_id=campaign.pk, size=CODES, actor="bench")
    )
    busy = time.process_time() - busy
    export, taking = timed(lambda: vouchers.export(batch_id=batch.pk, form="csv", actor="bench"))
    texts = {row.code.reveal() for row in export.rows}
    if len(texts) != CODES:
        raise RuntimeError(f"{len(texts)} different codes, not {CODES}")
    _, raw = timed(copied)
    return (
        f"{CODES} codes made in {making:.2f} s ({busy:.2f} s of it ours; goal"
        f" {GOAL_SECONDS:.0f}; the same rows raw {raw:.2f} s), taken out in {taking:.2f} s"
    )


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    done = act()
    return done, time.perf_counter() - began


def copied() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            copy = f"bench_{table}"
            cursor.execute(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)")
            cursor.execute(f"INSERT INTO {copy} SELECT * FROM {table}")  # noqa: S608 - our names


def main() -> int:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    load = os.getloadavg()[0]
    with scratch.backing_services(), scratch.database():
        from django.conf import settings

        keeper = settings.CATALYST.vault
        print(f"bench-vouchers: {line()} · vault {keeper}, load {load:.1f} before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
