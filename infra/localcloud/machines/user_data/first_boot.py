"""The commands of the user data, run once in a machine's life, and what they ask for.

As cloud-init does it: all of `runcmd` becomes one script. Unlike there, the first command that
fails ends it, and the machine says so: a mistake must be seen. Killed half-way, it begins again.
"""

import asyncio
import contextlib
import json
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.localcloud.machines.boot import Machine
from infra.localcloud.machines.cloud_config import COMMANDS
from infra.localcloud.machines.layout import MachineDir, write_private
from infra.localcloud.machines.user_data import namespace, stand_ins, unit

# cloud-init's own places.
_SCRIPT = "/var/lib/cloud/instance/scripts/runcmd"
_DONE = "/var/lib/cloud/instance/sem/config_scripts_user"
_K3S = Path(__file__).parent / "k3s.sh"
_PUBLIC = 0o644


class FirstBootFailed(RuntimeError):
    """Why, in words without a secret."""


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """`kubectl`: the real one. `ca_bundle`: PEM file the machine trusts, None: the computer's own.

    `resolver`: its name server. `on_start(unit)` starts k3s; a ValueError of it ends the boot.
    """

    directory: MachineDir
    machine: Machine
    kubectl: Path
    ca_bundle: Path | None
    resolver: str | None
    on_start: Callable[[str], None]

    async def run(self) -> None:
        """Return when all commands have succeeded, now or at an earlier start.

        Raises FirstBootFailed, also again at every later start.
        """
        done = self.directory.in_root(_DONE)
        if not done.exists():
            write_private(done, await self._execute())
        if result := done.read_text():
            raise FirstBootFailed(result)

    def over(self) -> bool:
        """Whether it was tried to its end, well or not."""
        return self.directory.in_root(_DONE).exists()

    async def _execute(self) -> str:
        """What went wrong, or nothing."""
        recorded = json.loads(self.directory.in_root(COMMANDS).read_text())
        write_private(self.directory.in_root(_SCRIPT), _shell(recorded), 0o700)
        refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def start(unit_name: str) -> None:
            try:
                self.on_start(unit_name)
            except ValueError as error:
                if not refused.done():
                    refused.set_result(str(error))

        inside = self._inside()
        with unit.listening(inside.folder / "init", start):
            process = await namespace.start(inside, ["/bin/sh", "-e", _SCRIPT])
            ending = asyncio.create_task(process.wait())
            try:
                await asyncio.wait((ending, refused), return_when=asyncio.FIRST_COMPLETED)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await ending
        if refused.done():
            return refused.result()
        refused.cancel()
        code = process.returncode
        return f"a command of runcmd ended with code {code}" if code else ""

    def _inside(self) -> namespace.Inside:
        folder = self.directory.path / "first-boot"
        shutil.rmtree(folder, ignore_errors=True)
        stand_ins.write(folder / "bin")
        write_private(folder / "address", f"{self.machine.address}\n")
        shutil.copy(_K3S, folder / "k3s")
        # Made here: what is bound must be there before the pipe's reader is.
        self._write_own_files()
        there = "/run/local-cloud"
        return namespace.Inside(
            machine=self.directory,
            folder=folder,
            hostname=self.machine.name,
            mounts=[
                namespace.Mount(folder / "bin", f"{there}/bin"),
                namespace.Mount(folder / "address", f"{there}/address"),
                namespace.Mount(folder / "k3s", f"{there}/k3s"),
                namespace.Mount(folder / "init", f"{there}/init"),
                namespace.Mount(self.kubectl.resolve(), f"{there}/kubectl"),
            ],
            environment={"HOME": "/root", "LANG": "C.UTF-8"},
        )

    def _write_own_files(self) -> None:
        """Who the machine is, whom it asks for names and whom it trusts: files, as on any other."""
        name, address = self.machine.name, self.machine.address
        files: dict[str, bytes] = {
            "/etc/hostname": f"{name}\n".encode(),
            "/etc/hosts": f"127.0.0.1\tlocalhost\n{address}\t{name}\n".encode(),
        }
        if self.resolver is not None:
            files["/etc/resolv.conf"] = f"nameserver {self.resolver}\n".encode()
        if self.ca_bundle is not None:
            files["/etc/ssl/certs/ca-certificates.crt"] = self.ca_bundle.read_bytes()
        for path, content in files.items():
            target = self.directory.in_root(path)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            write_private(target, content, _PUBLIC)


def _shell(commands: list[Any]) -> str:
    """cloud-init's `shellify`: a list is words, a text is shell. Raises FirstBootFailed."""
    lines = ["#!/bin/sh"]
    for number, command in enumerate(commands):
        if isinstance(command, str):
            lines.append(command)
        elif isinstance(command, list):
            lines.append(shlex.join(str(word) for word in command))
        else:
            raise FirstBootFailed(f"runcmd[{number}] must be a text or a list")
    return "\n".join(lines) + "\n"
