"""A machine that joined a cluster: a worker, or a further control plane.

`python -m infra.localcloud.machines.user_data.joined_node --config FILE --unit NAME` runs one until
SIGTERM; NAME is `k3s` for a control plane, `k3s-agent` for a worker.

Simplifications. There is no private network, so the cluster is found by its token, on the disk of
the machine that made it, next to ours; so are the certificates k3s would hand out for that token.
A further control plane brings no etcd member and no API of its own: at its port the API of the
first one answers, and when that one is away, the cluster is.
"""

import argparse
import asyncio
import contextlib
import hmac
import logging
import signal
from pathlib import Path

from infra.localcloud.machines.cluster.forwarder import Forwarder
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.control_plane.slices import Slice
from infra.localcloud.machines.control_plane.spec import API_PORT, ClusterSpec
from infra.localcloud.machines.layout import MachineDir, read_private
from infra.localcloud.machines.user_data import k3s_settings, node
from infra.localcloud.machines.user_data.k3s_settings import Settings
from infra.localcloud.machines.user_data.wanted import STATE, Wanted

log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.2


async def serve(machine: MachineDir, wanted: Wanted, unit: str) -> None:
    """Until cancelled; then nothing of it is left."""
    is_server = unit == "k3s"
    own = k3s_settings.of_unit(machine, unit)
    first = await _first(machine, own, is_server=is_server)
    cluster = first.root / STATE
    spec = ClusterSpec(
        name=first.name,
        address=first.address,
        slice=Slice(int(read_private(cluster / "slice"))),
        folder=cluster,
    )
    logs = wanted.root / STATE / "logs"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = node.told(wanted, spec, Pki(cluster / "tls"), server=spec.server)
    kubelet = node.program(wanted.python, "kubelet", config, logs / "kubelet.log")
    api = Forwarder((wanted.address, API_PORT), lambda: [(first.address, API_PORT)])
    try:
        if is_server:
            await api.start()
        await kubelet.start()
        log.info("joined the cluster of %s", first.name)
        await node.label(cluster / "k3s.yaml", wanted.name, wanted.labels)
        await asyncio.get_running_loop().create_future()
    finally:
        await kubelet.stop()
        await api.stop()


async def _first(machine: MachineDir, own: Settings, *, is_server: bool) -> Wanted:
    """The machine that made the cluster our token is for; waits for it."""
    said = False
    while True:
        for folder in sorted(machine.path.parent.iterdir()):
            found = _takes(MachineDir(folder), own, is_server=is_server)
            if found is not None:
                return found
        if not said:
            log.info("waiting for a cluster that takes this machine's token")
            said = True
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _takes(machine: MachineDir, own: Settings, *, is_server: bool) -> Wanted | None:
    """Its settings when it has a cluster and this token is good there for what we are."""
    told = machine.path / "cluster.json"
    # Written when its authorities are there.
    if not (machine.root / STATE / "k3s.yaml").exists() or not told.exists():
        return None
    try:
        theirs = k3s_settings.of_unit(machine, "k3s")
    except ValueError:
        return None
    good = [theirs.token] if is_server else [theirs.token, theirs.agent_token]
    if not any(token and hmac.compare_digest(token, own.token) for token in good):
        return None
    return Wanted.read(told) if theirs.server is None else None


async def _until_told(machine: MachineDir, wanted: Wanted, unit: str) -> None:
    serving = asyncio.create_task(serve(machine, wanted, unit))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--unit", choices=sorted(k3s_settings.UNITS), required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    machine, wanted = MachineDir(given.config.parent), Wanted.read(given.config)
    asyncio.run(_until_told(machine, wanted, given.unit))


if __name__ == "__main__":
    main()
