"""The pool-domain-manager under load: `make bench-dns`. Prints one line of figures.

50 parallel reserves of one name at a real Daphne, against as many bare INSERTs of one key by as
many connections; and how long a page of names takes at 10,000 and at 100,000 rows, the first one
and one from the middle. The commit against raw PowerDNS is `dns_commit`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx

from bench import dns_commit, scratch
from bench.figures import late
from bench.log import daphne

RIVALS, ROUNDS = 50, 10
FEW, MANY = 10_000, 100_000
PAGES = 20  # times a page is fetched; the median counts
POOL = "omani.works"
# Names that are held, one a second, as if reserved in turn.
_FILL = """
INSERT INTO dns_allocation (id, pool_id, label, skeleton, fqdn, state, dns_phase, generation, owner,
    account, created_by, idempotency_key, token_hash, acme_username, acme_key_hash, acme_key_ref,
    reserved_at, committed_at, address_v4, attempts, next_attempt_at, last_error)
SELECT gen_random_uuid(), %(pool)s, 'b' || n, 'b' || n, 'b' || n || '.omani.works', 'active',
    'published', 1, 'bench:' || n, 'bench', 'bench', 'bench-' || n, '', gen_random_uuid(), '', '',
    now() - n * interval '1 second', now(), '88.99.1.2', 0, now(), ''
FROM generate_series(%(first)s, %(last)s) AS n
"""


def prepare() -> tuple[Any, dict[str, str], dict[str, str]]:
    """The pool, the headers of a program and the cookie of an operator."""
    from django.conf import settings
    from django.test import Client

    from catalyst.identity.models import Role, User
    from dns.pools.models import Pool
    from dns.tokens.models import Scope
    from dns.tokens.services import issue

    pool = Pool.objects.create(domain=POOL)
    issued = issue(name="bench", scopes=list(Scope.values), actor="bench", life=timedelta(days=1))
    user = User.objects.create(subject="o@example.com", email="o@example.com")
    user.roles = [Role.OPERATOR]
    user.save()
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    headers = {"Authorization": f"Bearer {issued.secret.reveal()}", "Prefer": "respond-async"}
    return pool, headers, {name: client.cookies[name].value}


async def reserves(port: int, headers: dict[str, str]) -> list[float]:
    """Milliseconds of every reserve of ROUNDS names wanted RIVALS times at once."""
    limits = httpx.Limits(max_connections=RIVALS, max_keepalive_connections=RIVALS)
    base = f"http://127.0.0.1:{port}/api/v1/pool/{POOL}"
    found: list[float] = []

    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=120) as client:

        async def one(label: str) -> int:
            began = time.monotonic()
            answer = await client.post(f"{base}/reserve", json={"subdomain": label})
            found.append((time.monotonic() - began) * 1000)
            return answer.status_code

        for number in range(ROUNDS + 1):
            label = f"wanted-{'abcdefghijklmnop'[number]}"
            statuses = await asyncio.gather(*(one(label) for _ in range(RIVALS)))
            if sorted(statuses) != [201, *[409] * (RIVALS - 1)]:
                raise RuntimeError(f"not one winner: {sorted(statuses)}")
            if not number:
                found.clear()  # the first opens connections
    return found


def bare_inserts() -> list[float]:
    """Milliseconds of bare INSERTs of one key, as many at once, each on an open connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (label text PRIMARY KEY)")
    barrier = Barrier(RIVALS)

    def one(_: int) -> list[float]:
        found = []
        with connection.cursor() as cursor:
            for number in range(ROUNDS):
                barrier.wait()
                began = time.monotonic()
                cursor.execute("INSERT INTO bare VALUES (%s) ON CONFLICT DO NOTHING", [number])
                found.append((time.monotonic() - began) * 1000)
        connection.close()
        return found

    with ThreadPoolExecutor(RIVALS) as threads:
        return [each for found in threads.map(one, range(RIVALS)) for each in found]


def pages(client: httpx.Client) -> dict[str, float]:
    """Median milliseconds of pages: the first and one from the middle, of API and operators."""
    from dns.pools.models import Allocation

    middle = Allocation.objects.order_by("-reserved_at", "-id")[Allocation.objects.count() // 2]
    cursor = f"{middle.reserved_at.isoformat()}_{middle.pk}"
    wanted: dict[str, tuple[str, dict[str, str]]] = {
        "list": (f"/api/v1/pool/{POOL}/list", {}),
        "list, middle": (f"/api/v1/pool/{POOL}/list", {"cursor": cursor}),
        "page": ("/domains/", {}),
        "page, middle": ("/domains/", {"before": cursor}),
    }
    return {name: _median(client, path, query) for name, (path, query) in wanted.items()}


def _median(client: httpx.Client, path: str, query: dict[str, str]) -> float:
    found = []
    for _ in range(PAGES):
        began = time.monotonic()
        answer = client.get(path, params=query).raise_for_status()
        found.append((time.monotonic() - began) * 1000)
        if len(answer.content) < 5_000:
            raise RuntimeError(f"{path} shows no names")
    return statistics.median(found)


def fill(pool: Any, first: int, last: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"pool": pool.pk, "first": first, "last": last})
        cursor.execute("ANALYZE dns_allocation")


def measured(port: int, pool: Any, headers: dict[str, str], cookie: dict[str, str]) -> str:
    ours, bare = asyncio.run(reserves(port, headers)), bare_inserts()
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers=headers, cookies=cookie, timeout=60) as client:
        fill(pool, 1, FEW)
        few = pages(client)
        fill(pool, FEW + 1, MANY)
        many = pages(client)
    shown = ", ".join(
        f"{name} {few[name]:.0f} and {many[name]:.0f} ms ({many[name] / few[name]:.2f})"
        for name in few
    )
    return (
        f"{RIVALS} parallel reserves of one name, {ROUNDS} times: one winner each, "
        f"p50 {statistics.median(ours):.0f} ms, p95 {late(ours):.0f} ms (bare INSERTs p50 "
        f"{statistics.median(bare):.0f}, p95 {late(bare):.0f}) · at {FEW:,} and {MANY:,} rows "
        f"(flat: 1): {shown}"
    )


def main() -> int:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    load = os.getloadavg()[0]  # others at work make every figure worse
    with scratch.backing_services(dns_commit.SERVICES), scratch.database():
        committed = dns_commit.line()
        pool, headers, cookie = prepare()
        with daphne() as port:
            line = measured(port, pool, headers, cookie)
    print(
        f"bench-dns: {committed} · {line} · "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after, "
        f"{os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
