"""Boots a machine as processes of this computer: its disk is a folder, its init is the agent.

At the first start the user data becomes files below the root; then what the files say is started.
Processes end with the machine, with the local cloud, and with anything that kills the local cloud.
"""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import time
from pathlib import Path

from infra.localcloud.config import MachineConfig
from infra.localcloud.machines import cloud_config, cluster_seed, sovereign
from infra.localcloud.machines.boot import Machine, MachineStatus
from infra.localcloud.machines.control_plane.spec import Programs
from infra.localcloud.machines.database import drop_database
from infra.localcloud.machines.layout import CHECKOUT, MachineDir, read_private, write_private
from infra.localcloud.machines.user_data import k3s_settings, unit
from infra.localcloud.machines.user_data.first_boot import FirstBoot, FirstBootFailed

log = logging.getLogger(__name__)
_STOP_SECONDS = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_SEED_DONE = "/var/lib/cloud/instance/boot-finished"


class ProcessBoot:
    """Implements `boot.Boot` below `folder`, one sub-folder per machine."""

    def __init__(
        self, folder: Path, config: MachineConfig, cluster: Programs | None = None
    ) -> None:
        """With the programs of a control plane, machines are clusters and no agent runs."""
        self._folder = folder
        self._config = config
        self._cluster = cluster
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._on: set[int] = set()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep_user_data(self, machine_id: int, user_data: str) -> None:
        """Called when the server is created, before its first start."""
        write_private(self._dir(machine_id).user_data, user_data)

    def known(self) -> set[int]:
        return {int(entry.name) for entry in self._folder.iterdir() if entry.name.isdecimal()}

    def status(self, machine_id: int) -> MachineStatus:
        if machine_id not in self._on:
            return MachineStatus("off", "off")
        phase = self._dir(machine_id).phase
        return MachineStatus("on", phase.read_text() if phase.exists() else "starting")

    async def start(self, machine: Machine) -> None:
        directory = self._dir(machine.id)
        await self._need_disk(directory, machine)
        self._on.add(machine.id)
        _console(directory, f"power on, {machine.name} at {machine.address}")
        try:
            _seed(directory)
            told = sovereign.read(directory)
        except ValueError as error:
            # The machine is on, as a real one would be, and does nothing.
            _console(directory, f"first boot failed: {error}")
            write_private(directory.phase, "first boot failed")
            return
        serves = told is not None and told.role == "control-plane"
        if told is None or (self._cluster is None and not serves):
            role = told.role if told else "none"
            _console(directory, f"running; nothing to start for role {role}")
            write_private(directory.phase, "running")
            return
        write_private(directory.phase, "starting")
        life = self._run_agent(machine) if self._cluster is None else self._cluster_life(machine)
        self._lives[machine.id] = asyncio.create_task(life, name=f"machine {machine.id}")

    async def stop(self, machine_id: int) -> None:
        self._on.discard(machine_id)
        life = self._lives.pop(machine_id, None)
        if life is None:
            return
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        _console(self._dir(machine_id), "power off")

    async def erase(self, machine_id: int) -> None:
        await self._drop_database(machine_id)
        shutil.rmtree(self._folder / str(machine_id), ignore_errors=True)

    async def _need_disk(self, directory: MachineDir, machine: Machine) -> None:
        """A rebuilt machine starts with nothing but its new user data."""
        kept = read_private(directory.generation) if directory.generation.exists() else "0"
        if int(kept) == machine.disk:
            return
        _console(directory, "rebuilt: the disk is empty")
        await self._drop_database(machine.id)
        shutil.rmtree(directory.root, ignore_errors=True)
        write_private(directory.generation, str(machine.disk))

    async def _drop_database(self, machine_id: int) -> None:
        admin = self._config.database_admin_url_file
        if (
            admin is not None
            and self._dir(machine_id).in_root(sovereign.DATABASE_KEY_FILE).exists()
        ):
            await asyncio.to_thread(drop_database, read_private(admin), machine_id)

    def _dir(self, machine_id: int) -> MachineDir:
        return MachineDir(self._folder / str(machine_id))

    async def _run_agent(self, machine: Machine) -> None:
        directory = self._dir(machine.id)
        write_private(directory.hardware, json.dumps(self._hardware(machine)))
        await self._supervise(directory, "agent", ("agent", "--machine", str(directory.path)))

    async def _cluster_life(self, machine: Machine) -> None:
        """What a machine of a cluster does from power on, until cancelled."""
        assert self._config.cluster is not None
        directory = self._dir(machine.id)
        started = set()
        async with asyncio.TaskGroup() as programs:

            def start(name: str) -> None:
                if name in started:
                    return
                argv = self._k3s(name, directory, machine)
                started.add(name)
                programs.create_task(self._supervise(directory, name, argv))

            first_boot = FirstBoot(
                directory=directory,
                machine=machine,
                kubectl=self._config.cluster.kubectl,
                ca_bundle=self._config.ca_bundle,
                resolver=self._config.resolver,
                on_start=start,
            )
            try:
                for name in unit.enabled(directory) if first_boot.over() else ():
                    start(name)
                await first_boot.run()
            except (FirstBootFailed, ValueError, OSError) as error:
                _console(directory, f"first boot failed: {error}")
                write_private(directory.phase, "first boot failed")
                return
            _console(directory, "running; what it serves is its cluster's business")
            write_private(directory.phase, "running")

    def _k3s(self, name: str, directory: MachineDir, machine: Machine) -> tuple[str, ...]:
        """What plays the unit that is to be started. Raises ValueError."""
        assert self._cluster is not None
        settings = k3s_settings.of_unit(directory, name)
        if settings.without_meaning:
            _console(directory, f"k3s: no meaning here: {', '.join(settings.without_meaning)}")
        told = cluster_seed.write(directory, machine, self._config, self._cluster, settings)
        if settings.server is None:
            return ("cluster_machine", "--config", str(told))
        return ("user_data.joined_node", "--config", str(told), "--unit", name)

    def _hardware(self, machine: Machine) -> dict[str, object]:
        config = self._config
        return {
            "id": machine.id,
            "name": machine.name,
            "address": machine.address,
            "python": str(config.python),
            "app_dir": str(config.app_dir),
            "database_admin_url_file": _text(config.database_admin_url_file),
            "redis_url_file": _text(config.redis_url_file),
            "ca_bundle": _text(config.ca_bundle),
            "resolver": config.resolver,
        }

    async def _supervise(self, directory: MachineDir, what: str, argv: tuple[str, ...]) -> None:
        """Keep one program running until cancelled; then leave none of its processes."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            process = await self._spawn(directory, argv)
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                await _end(process)
                raise
            _console(directory, f"the {what} ended with code {code}; starting it again")
            pause = _FIRST_PAUSE if time.monotonic() - began > _LONGEST_PAUSE else pause * 2
            await asyncio.sleep(min(pause, _LONGEST_PAUSE))

    async def _spawn(
        self, directory: MachineDir, argv: tuple[str, ...]
    ) -> asyncio.subprocess.Process:
        module, *rest = argv
        with directory.console.open("ab") as console:
            # The kernel ends the agent when we die in any way (prctl(2), PR_SET_PDEATHSIG); a
            # session of its own keeps Ctrl-C for us alone and makes its group one thing to kill.
            return await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "TERM", "--"),
                *(str(self._config.python), "-m", f"infra.localcloud.machines.{module}", *rest),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                cwd=CHECKOUT,
                env=self._environment(),
            )

    def _environment(self) -> dict[str, str]:
        """What the agent may see of the world: where programs are and whom to trust."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        kept |= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        if self._config.ca_bundle is not None:
            bundle = str(self._config.ca_bundle)
            kept |= {"SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}
        return kept


def _seed(directory: MachineDir) -> None:
    """What cloud-init does, once in a machine's life. Raises ValueError, free of secrets."""
    done = directory.in_root(_SEED_DONE)
    if done.exists():
        return
    text = directory.user_data.read_text() if directory.user_data.exists() else ""
    config = cloud_config.parse(text)
    cloud_config.apply(config, directory)
    write_private(done, "")
    # It is on the disk now; a second copy of its secrets serves nobody.
    directory.user_data.unlink(missing_ok=True)
    names = ", ".join(file.path for file in config.files) or "no files"
    _console(directory, f"cloud-init wrote {names}; {len(config.commands)} commands recorded")
    if config.packages:
        _console(directory, f"not installed: {', '.join(config.packages)}")


def _console(directory: MachineDir, line: str) -> None:
    directory.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = not directory.console.exists()
    with directory.console.open("a") as console:
        console.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
    if new:
        directory.console.chmod(0o600)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the agent, then whatever is left of its process group."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
