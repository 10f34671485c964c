"""Makes the running forwarders match the plans, at once and without touching what stays."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from infra.localcloud.balancers.forwarder import Forwarder
from infra.localcloud.balancers.health import HealthBoard, watch
from infra.localcloud.balancers.plan import Backend, BalancerPlan, ServicePlan

log = logging.getLogger(__name__)
_BIND_AGAIN_SECONDS = 1.0


class BalancerKeeper:
    """Call `apply` with the whole truth whenever it may have changed."""

    def __init__(self, board: HealthBoard) -> None:
        self._board = board
        self._forwarders: dict[tuple[int, int], Forwarder] = {}
        self._watches: dict[tuple[int, Backend, ServicePlan], asyncio.Task[None]] = {}
        self._again: asyncio.Task[None] | None = None
        self._plans: Mapping[int, BalancerPlan] = {}
        self._one_at_a_time = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._forwarders)

    async def apply(self, plans: Mapping[int, BalancerPlan]) -> None:
        self._plans = plans
        async with self._one_at_a_time:
            await self._apply(plans)

    async def _apply(self, plans: Mapping[int, BalancerPlan]) -> None:
        self._apply_watches(plans)
        wanted = {
            (plan.id, service.listen_port): (plan, service)
            for plan in plans.values()
            for service in plan.services
        }
        for key in self._forwarders.keys() - wanted.keys():
            await self._forwarders.pop(key).stop()
        failed = False
        for key, (plan, service) in wanted.items():
            failed |= not await self._keep(key, plan, service)
        if failed and (self._again is None or self._again.done()):
            self._again = asyncio.create_task(self._apply_again())

    async def _keep(self, key: tuple[int, int], plan: BalancerPlan, service: ServicePlan) -> bool:
        running = self._forwarders.get(key)
        if running is not None and (running.plan.address, running.service.certificates) == (
            plan.address,
            service.certificates,
        ):
            running.plan, running.service = plan, service
            return True
        if running is not None:
            await self._forwarders.pop(key).stop()
        forwarder = Forwarder(plan, service, self._board.of)
        try:
            await forwarder.start()
        except OSError as error:
            log.warning("load balancer %s cannot listen on %s: %s", plan.id, plan.address, error)
            return False
        self._forwarders[key] = forwarder
        return True

    async def _apply_again(self) -> None:
        await asyncio.sleep(_BIND_AGAIN_SECONDS)
        self._again = None
        await self.apply(self._plans)

    def _apply_watches(self, plans: Mapping[int, BalancerPlan]) -> None:
        wanted = {
            (plan.id, backend, service)
            for plan in plans.values()
            for service in plan.services
            for backend in plan.backends
        }
        for key in self._watches.keys() - wanted:
            self._watches.pop(key).cancel()
        for balancer, backend, service in wanted - self._watches.keys():
            task = asyncio.create_task(watch(self._board, balancer, backend, service))
            self._watches[balancer, backend, service] = task

    async def close(self) -> None:
        """Stop everything."""
        if self._again is not None:
            self._again.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._again
        await self.apply({})
