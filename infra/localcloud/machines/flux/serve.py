"""Runs Flux for one machine until SIGTERM, told by one JSON file."""

import asyncio
import json
import logging
import signal
from pathlib import Path
from typing import Any

from infra.localcloud.machines.flux.controllers import FluxSpec, Programs
from infra.localcloud.machines.flux.flux import Flux

log = logging.getLogger(__name__)


def read(path: Path) -> Flux:
    """JSON: address, kubeconfig, folder; programs: source, kustomize, helm, kubectl (paths)."""
    raw: dict[str, Any] = json.loads(path.read_text())
    programs = Programs(**{name: Path(value) for name, value in raw["programs"].items()})
    spec = FluxSpec(raw["address"], Path(raw["kubeconfig"]), Path(raw["folder"]))
    return Flux(spec, programs)


async def run(config: Path) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    flux = read(config)
    try:
        log.info("Flux was ready after %.1f s", await flux.start())
        await end.wait()
    finally:
        await flux.stop()
