"""A child process that is kept alive: restarted when it dies, and never left behind by us."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

log = logging.getLogger("internet")

STOP_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE, HEALTHY_SECONDS = 0.1, 5.0, 10.0


class Child:
    """One supervised program. `prepare` is awaited before each start and returns its argv."""

    def __init__(
        self, *, name: str, prepare: Callable[[], Awaitable[Sequence[str]]], log_file: Path
    ) -> None:
        self.name = name
        self._prepare = prepare
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start the program and keep it alive until `stop`. Raises OSError when it cannot start."""
        process = await self._spawn()
        self._supervisor = asyncio.create_task(self._keep_alive(process), name=self.name)

    async def stop(self) -> None:
        """End the program politely, then firmly after STOP_SECONDS."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            log.warning("%s did not stop in %.0f s, killing it", self.name, STOP_SECONDS)
            process.kill()
            await process.wait()

    async def _spawn(self) -> asyncio.subprocess.Process:
        argv = await self._prepare()
        with self._log_file.open("ab") as sink:
            # setpriv asks the kernel to kill the program when we die in any way, SIGKILL included
            # (prctl(2), PR_SET_PDEATHSIG); a session of its own keeps Ctrl-C for us alone.
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        return self._process

    async def _keep_alive(self, process: asyncio.subprocess.Process) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await process.wait()
            if time.monotonic() - began > HEALTHY_SECONDS:
                pause = FIRST_PAUSE
            log.error("%s ended with code %s; its log: %s", self.name, code, self._log_file)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                process = await self._spawn()
            except OSError as error:
                log.error("%s cannot be started again yet: %s", self.name, error)
