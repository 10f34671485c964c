"""The life of one container: start, probes, end, and again as the restart policy says."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from infra.localcloud.machines.cluster.api import Json
from infra.localcloud.machines.kubelet import container as runtime
from infra.localcloud.machines.kubelet import logs, probes, times
from infra.localcloud.machines.kubelet.container import Running, Start
from infra.localcloud.machines.kubelet.objects import NotYet
from infra.localcloud.machines.kubelet.status import ContainerState, now

log = logging.getLogger(__name__)

# The kubelet proper waits 10 s to 300 s; here everything starts faster and so may fail faster.
FIRST_PAUSE, LONGEST_PAUSE, HEALTHY_SECONDS = 1.0, 60.0, 600.0
ASK_AGAIN_SECONDS = 1.0
DEFAULT_GRACE = 30

Prepare = Callable[[Json, int], Awaitable[Start]]
Note = Callable[[str, str, str], None]


class Container:
    """Follows one container of a Pod. `changed` is called whenever `state` did.

    `prepare(container, run)` says how it is started; it may raise NotYet, then it is asked again.
    """

    def __init__(
        self,
        spec: Json,
        state: ContainerState,
        *,
        address: str,
        prepare: Prepare,
        changed: Callable[[], None],
        note: Note,
    ) -> None:
        self.spec = spec
        self.state = state
        self.running: Running | None = None
        self.up = asyncio.Event()
        self.ending = False
        self._address = address
        self._prepare = prepare
        self._changed = changed
        self._note = note

    async def live(self, policy: str) -> None:
        """Run until it is not to be started again (`Always`, `OnFailure`, `Never`)."""
        pause = FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._once()
            wanted = policy == "Always" or (policy == "OnFailure" and code != 0)
            again = wanted and not self.ending
            self.state.finished = not again
            self._changed()
            if not again:
                return
            lasted = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE if lasted > HEALTHY_SECONDS else pause
            await self._back_off(pause, code)
            pause = min(pause * 2, LONGEST_PAUSE)
            self.state.restarts += 1

    async def stop(self, grace: float) -> None:
        """End the run that is on: `preStop`, SIGTERM, and SIGKILL after `grace` seconds."""
        running = self.running
        if running is None:
            return
        try:
            async with asyncio.timeout(grace):
                await self._hook("preStop", running, grace)
                running.terminate()
                await running.wait()
        except TimeoutError:
            self._note("Killing", f"{self.state.name} did not end in {grace:g} s", "Warning")
        finally:
            await running.kill()

    async def _back_off(self, pause: float, code: int) -> None:
        message = f"back-off {pause:g}s restarting {self.state.name}, which ended with {code}"
        self.state.state, self.state.reason = "waiting", "CrashLoopBackOff"
        self.state.message = message
        self._changed()
        self._note("BackOff", message, "Warning")
        await asyncio.sleep(pause)

    async def _once(self) -> int:
        """One run, from start to end; its exit code."""
        start = await once_possible(
            lambda: self._prepare(self.spec, self.state.restarts),
            self.state,
            changed=self._changed,
            note=self._note,
        )
        self.running = running = await runtime.start(start)
        self.state.state, self.state.since = "running", now()
        self.state.started = self.state.ready = False
        probing = asyncio.create_task(self._probe(running))
        noting = asyncio.create_task(times.keep(start.log))
        self._note("Started", f"started {self.state.name}", "Normal")
        self._changed()
        try:
            code = await running.wait()
        finally:
            probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await probing
            # Whatever it left behind in its name space ends with it, also when we are cancelled.
            await running.kill()
            noting.cancel()
            logs.close(start.log)
            self.running = None
            self.up.clear()
        self.state.state, self.state.exit_code, self.state.ended = "terminated", code, now()
        wanted = self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        self.state.last_words = logs.last_words(start.log) if wanted and code else ""
        self.state.started = self.state.ready = False
        return code

    async def _probe(self, running: Running) -> None:
        """`postStart` and startup first; then readiness and liveness side by side."""
        if wrong := await self._hook("postStart", running, DEFAULT_GRACE):
            self._note("FailedPostStartHook", f"{self.state.name}: {wrong}", "Warning")
            await running.kill()
            return
        startup = self.spec.get("startupProbe")
        if startup and not await self._until_started(startup, running):
            return
        self.state.started = True
        self.up.set()
        readiness, liveness = self.spec.get("readinessProbe"), self.spec.get("livenessProbe")
        self.state.ready = readiness is None
        self._changed()
        async with asyncio.TaskGroup() as group:
            if readiness:
                group.create_task(self._keep_ready(readiness, running))
            if liveness:
                group.create_task(self._keep_alive(liveness, running))

    async def _until_started(self, probe: Json, running: Running) -> bool:
        await asyncio.sleep(probe.get("initialDelaySeconds") or 0)
        failures = 0
        while wrong := await self._check(probe, running):
            failures += 1
            if failures >= (probe.get("failureThreshold") or 3):
                await self._give_up("startup", wrong, probe)
                return False
            await asyncio.sleep(probe.get("periodSeconds") or 10)
        return True

    async def _keep_ready(self, probe: Json, running: Running) -> None:
        await asyncio.sleep(probe.get("initialDelaySeconds") or 0)
        same = 0
        while True:
            wrong = await self._check(probe, running)
            same = same + 1 if bool(wrong) == self.state.ready else 0
            limit = "failureThreshold" if self.state.ready else "successThreshold"
            default = 3 if self.state.ready else 1
            if same >= (probe.get(limit) or default):
                self.state.ready, same = not wrong, 0
                self._changed()
                if wrong:
                    self._note("Unhealthy", f"readiness of {self.state.name}: {wrong}", "Warning")
            # A Pod on its way up is looked at more often than its period says, as the kubelet
            # proper looks again at once after a start-up.
            period = float(probe.get("periodSeconds") or 10)
            await asyncio.sleep(period if self.state.ready else min(period, ASK_AGAIN_SECONDS))

    async def _keep_alive(self, probe: Json, running: Running) -> None:
        await asyncio.sleep(probe.get("initialDelaySeconds") or 0)
        failures = 0
        while True:
            wrong = await self._check(probe, running)
            failures = failures + 1 if wrong else 0
            if failures >= (probe.get("failureThreshold") or 3):
                await self._give_up("liveness", wrong, probe)
                return
            await asyncio.sleep(probe.get("periodSeconds") or 10)

    async def _check(self, probe: Json, running: Running) -> str:
        return await probes.check(probe, self.spec, self._address, running)

    async def _give_up(self, which: str, wrong: str, probe: Json) -> None:
        self._note("Unhealthy", f"{which} of {self.state.name}: {wrong}; restarting", "Warning")
        await self.stop(float(probe.get("terminationGracePeriodSeconds") or DEFAULT_GRACE))

    async def _hook(self, which: str, running: Running, seconds: float) -> str:
        """`postStart` or `preStop`; an empty text when it went well."""
        hook = (self.spec.get("lifecycle") or {}).get(which) or {}
        if pause := hook.get("sleep"):
            await asyncio.sleep(pause["seconds"])
            return ""
        return await self._check({**hook, "timeoutSeconds": seconds}, running) if hook else ""


T = TypeVar("T")


async def once_possible(
    ask: Callable[[], Awaitable[T]],
    state: ContainerState,
    *,
    changed: Callable[[], None],
    note: Note,
) -> T:
    """Ask until what the container needs is there; meanwhile it waits, and says for what."""
    while True:
        try:
            return await ask()
        except NotYet as missing:
            state.state, state.reason = "waiting", missing.reason
            state.message = str(missing)
            changed()
            note(missing.reason, str(missing), "Warning")
            await asyncio.sleep(ASK_AGAIN_SECONDS)
