"""A machine that joined a cluster: a worker, or a further control plane.

`python -m infra.localcloud.machines.user_data.joined_node --config FILE --unit NAME` runs one until
SIGTERM; NAME is `k3s` for a control plane, `k3s-agent` for a worker.

Simplifications. There is no private network, so the cluster is found by its token, on the disk of
the machine that made it, next to ours; so are the certificates k3s would hand out for that token. A
control plane keeps what it was handed and starts without that machine from then on.
"""

import argparse
import asyncio
import contextlib
import hmac
import json
import logging
import signal
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

from infra.localcloud.machines.cluster_machine import ClusterMachine
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.control_plane.slices import Slice
from infra.localcloud.machines.control_plane.spec import API_PORT, ClusterSpec
from infra.localcloud.machines.layout import MachineDir, read_private, write_private
from infra.localcloud.machines.user_data import k3s_settings, node
from infra.localcloud.machines.user_data.k3s_settings import Settings
from infra.localcloud.machines.user_data.wanted import STATE, Wanted

log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.2


async def serve_worker(machine: MachineDir, wanted: Wanted) -> None:
    """Until cancelled; then nothing of it is left."""
    own = k3s_settings.of_unit(machine, "k3s-agent")
    found, first = await _first(machine, own, is_server=False)
    cluster = first.root / STATE
    spec = ClusterSpec(
        name=first.name,
        address=first.address,
        slice=Slice(int(read_private(cluster / "slice"))),
        folder=cluster,
    )
    logs = wanted.root / STATE / "logs"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = _balancer(wanted, own, first, found) or spec.server
    config = node.told(wanted, spec, Pki(cluster / "tls"), server=server)
    kubelet = node.program(wanted.python, "kubelet", config, logs / "kubelet.log")
    try:
        await kubelet.start()
        log.info("joined the cluster of %s", first.name)
        await node.label(cluster / "k3s.yaml", wanted.name, wanted.labels)
        await asyncio.get_running_loop().create_future()
    finally:
        await kubelet.stop()


async def serve_control_plane(machine: MachineDir, wanted: Wanted) -> None:
    """Until cancelled; then nothing of it is left."""
    folder = wanted.root / STATE
    kept = folder / "joined.json"
    if not kept.exists():
        own = k3s_settings.of_unit(machine, "k3s")
        _, first = await _first(machine, own, is_server=True)
        theirs = first.root / STATE
        Pki.joining(folder / "tls", theirs / "tls")
        write_private(folder / "slice", read_private(theirs / "slice"))
        write_private(kept, json.dumps({"name": first.name, "address": first.address}))
    told = json.loads(read_private(kept))
    cluster = ClusterMachine(wanted, joins=(told["address"],))
    try:
        seconds = await cluster.start()
        log.info("joined the cluster of %s; its API here after %.1f s", told["name"], seconds)
        await cluster.label()
        await asyncio.get_running_loop().create_future()
    finally:
        await cluster.stop()


def _balancer(wanted: Wanted, own: Settings, first: Wanted, made: Settings) -> str:
    """The API through the load balancer, if that is where this machine was told to look for it.

    Its private address means nothing here; the public one is among the API's own names.
    """
    if urlsplit(own.server or "").hostname == made.node_ip:
        return ""
    ours = IPv4Network(f"{wanted.address}/24", strict=False)
    for name in first.tls_names:
        with contextlib.suppress(AddressValueError):
            if name != first.address and IPv4Address(name) in ours:
                return f"https://{name}:{API_PORT}"
    return ""


async def _first(machine: MachineDir, own: Settings, *, is_server: bool) -> tuple[Settings, Wanted]:
    """The machine that made the cluster our token is for, and its settings; waits for it."""
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


def _takes(
    machine: MachineDir, own: Settings, *, is_server: bool
) -> tuple[Settings, Wanted] | None:
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
    return (theirs, Wanted.read(told)) if theirs.server is None else None


async def _until_told(machine: MachineDir, wanted: Wanted, unit: str) -> None:
    serve = serve_control_plane if unit == "k3s" else serve_worker
    serving = asyncio.create_task(serve(machine, wanted))
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
    # One line for each question to etcd would drown the rest.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    machine, wanted = MachineDir(given.config.parent), Wanted.read(given.config)
    asyncio.run(_until_told(machine, wanted, given.unit))


if __name__ == "__main__":
    main()
