"""A commit until its records are published, against the same calls to the same PowerDNS, raw.

`line()` runs inside `bench.dns`; `python -m bench.dns_commit` runs it alone. What a commit asks of
PowerDNS is recorded once; the raw side makes just these calls for other names, in turn with ours.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import uuid
from typing import Any

import httpx

from bench import scratch

NAMES = 60
SERVICES = f"{scratch.SERVICES},powerdns"
Call = tuple[str, str, str]  # method, path and query, body


def line() -> str:
    """Median times and their ratio. Needs PowerDNS and Django on a database of this run."""
    from django.conf import settings

    from dns.pools import services
    from dns.pools.bootstrap import bootstrap
    from dns.powerdns.client import PowerDns

    domain = f"bench{uuid.uuid4().hex[:8]}.works"
    with PowerDns.from_settings() as server:
        bootstrap(
            server=server,
            pool_domains=[domain],
            nameservers=settings.CATALYST.nameservers,
            addresses=settings.CATALYST.nameserver_addresses,
        )
        held = [_reserved(domain, number) for number in range(2 * NAMES + 1)]
        calls = _recorded(held[0])
        key = settings.CATALYST.powerdns_api_key.get_secret_value()
        ours, raw = [], []
        with httpx.Client(
            base_url=settings.CATALYST.powerdns_url, headers={"X-API-Key": key}, trust_env=False
        ) as bare:
            for one, other in zip(held[1::2], held[2::2], strict=True):
                began = time.perf_counter()
                _commit(one)
                ours.append(time.perf_counter() - began)
                began = time.perf_counter()
                _replay(bare, calls, held[0].fqdn, other.fqdn)
                raw.append(time.perf_counter() - began)
        if not all(services.status(allocation_id=one.allocation_id).settled for one in held[1::2]):
            raise RuntimeError("a commit was not published")
        for one in held:
            server.delete_zone(one.fqdn)
        server.delete_zone(domain)
    mine, bare_time = statistics.median(ours) * 1000, statistics.median(raw) * 1000
    return (
        f"commit until published {mine:.1f} ms, its {len(calls)} PowerDNS calls raw"
        f" {bare_time:.1f} ms ({mine / bare_time:.2f} times, goal 2.0)"
    )


def _reserved(domain: str, number: int) -> Any:
    from dns.pools import services, worker

    held = services.reserve(
        pool=domain,
        label=f"name{number}",
        owner=f"bench:{number}",
        actor="bench",
        idempotency_key="1",
    )
    worker.sync(allocation_id=held.allocation_id)
    return held


def _commit(held: Any) -> None:
    from dns.pools import services, worker

    services.commit(
        allocation_id=held.allocation_id, token=held.token, address_v4="88.99.1.2", actor="bench"
    )
    worker.sync(allocation_id=held.allocation_id)


def _recorded(held: Any) -> list[Call]:
    """What one commit asks of PowerDNS."""
    calls: list[Call] = []
    real = httpx.Client.send

    def send(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        path = request.url.raw_path.decode()
        calls.append((request.method, path, request.content.decode()))
        return real(client, request, **options)

    httpx.Client.send = send  # type: ignore[assignment,method-assign]
    try:
        _commit(held)
    finally:
        httpx.Client.send = real  # type: ignore[method-assign]
    return calls


def _replay(bare: httpx.Client, calls: list[Call], instead_of: str, name: str) -> None:
    for method, path, body in calls:
        content = body.replace(instead_of, name) or None
        bare.request(method, path.replace(instead_of, name), content=content).raise_for_status()


def main() -> int:
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    load = os.getloadavg()[0]
    with scratch.backing_services(SERVICES), scratch.database():
        print(f"bench-dns-commit: {line()} · load {load:.1f} before, {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
