"""Health of targets by TCP connect, per load balancer, target and listen port.

A healthy target is asked every `interval`; one that is not is asked at least once a second, so that
a machine that has just booted gets traffic sooner than the vendor would give it. HTTP checks are
done as TCP checks: what a target answers is the machine's own business here.
"""

import asyncio
from dataclasses import dataclass, field

from infra.localcloud.balancers.plan import Backend, ServicePlan

HEALTHY, UNHEALTHY, UNKNOWN = "healthy", "unhealthy", "unknown"
_IMPATIENT = 1.0

Key = tuple[int, str, int]


@dataclass(slots=True)
class HealthBoard:
    """The latest verdicts by (load balancer id, target address, listen port)."""

    verdicts: dict[Key, str] = field(default_factory=dict)

    def of(self, balancer: int, address: str, listen_port: int) -> str:
        return self.verdicts.get((balancer, address, listen_port), UNKNOWN)


async def watch(board: HealthBoard, balancer: int, backend: Backend, service: ServicePlan) -> None:
    """Keep one verdict fresh until cancelled; the verdict goes with the watch."""
    key = (balancer, backend.address, service.listen_port)
    failures = 0
    try:
        while True:
            if await _connects(backend.address, service.check_port, service.check_timeout):
                failures = 0
                board.verdicts[key] = HEALTHY
            else:
                failures += 1
                if failures >= service.check_retries or key not in board.verdicts:
                    board.verdicts[key] = UNHEALTHY
            healthy = board.verdicts.get(key) == HEALTHY and not failures
            await asyncio.sleep(
                service.check_interval if healthy else min(_IMPATIENT, service.check_interval)
            )
    finally:
        board.verdicts.pop(key, None)


async def _connects(address: str, port: int, timeout: float) -> bool:
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
