"""What every vendor's emulator has: a way in, faults before and after, and its own shapes of no."""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.localcloud.hetzner.hang_up import NoAnswer
from infra.localcloud.registrars.faults import Fault
from infra.localcloud.registrars.world import World

log = logging.getLogger("registrars")


class No(Exception):
    """The answer to a request that is refused, made by the vendor's own functions."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


@dataclass(slots=True)
class Call:
    """A request with its body read. `peer`: the address it came from."""

    request: Request
    body: bytes
    fault: Fault | None = None
    account: Any = None
    path: dict[str, str] = field(default_factory=dict)

    @property
    def peer(self) -> str:
        return self.request.client.host if self.request.client else ""

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)


Handle = Callable[[Call], Awaitable[Response]]


class Vendor(ABC):
    name: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def routes(self) -> list[Route]:
        """Paths below the vendor's prefix."""

    @abstractmethod
    def limited(self, seconds: int) -> Response:
        """Too many requests."""

    @abstractmethod
    def broken(self, status: int) -> Response:
        """A mistake of the vendor's own."""

    def maintenance(self) -> Response:
        return self.broken(503)

    @abstractmethod
    async def let_in(self, call: Call) -> None:
        """Sets `call.account`. Raises No."""

    def route(
        self,
        method: str,
        path: str,
        handle: Handle,
        *,
        writes: Callable[[Call], bool] | None = None,
    ) -> Route:
        """`writes`: whether a call changes something, where the method does not say."""

        async def endpoint(request: Request) -> Response:
            call = Call(request, await request.body(), path=dict(request.path_params))
            changes = writes(call) if writes else method != "GET"
            try:
                refusal = await self._refusal(call)
                whose = None if refusal else int(call.account.id)
                call.fault = self.world.faults.strike(
                    self.name, request.url.path, account=whose, writes=changes
                )
                return await self._answer(call, handle, refusal)
            except No as no:
                return no.answer
            except Exception:
                log.exception("%s: %s %s", self.name, method, path)
                return self.broken(500)

        return Route(path, endpoint, methods=[method])

    async def _refusal(self, call: Call) -> No | None:
        """Why its keys open nothing; a fault may come before anybody is told."""
        try:
            await self.let_in(call)
        except No as no:
            return no
        return None

    async def _answer(self, call: Call, handle: Handle, refusal: No | None) -> Response:
        fault = call.fault
        match fault.kind if fault else "":
            case "rate_limit":
                assert fault is not None
                return self.limited(fault.value)
            case "status":
                assert fault is not None
                return self.broken(fault.value)
            case "maintenance":
                return self.maintenance()
        if refusal is not None:
            raise refusal
        answer = await handle(call)
        if fault is not None and fault.kind == "status_after":
            return self.broken(fault.value)
        if fault is not None and fault.kind == "lost_answer":
            return NoAnswer()
        return answer
