"""Puts the rooms together and runs them until SIGTERM or SIGINT: API, admin, clock, keepers."""

import asyncio

from infra.localcloud.admin import build_admin
from infra.localcloud.balancers.health import HealthBoard
from infra.localcloud.balancers.keeper import BalancerKeeper
from infra.localcloud.config import Config, ConfigError
from infra.localcloud.hetzner.api import build_api
from infra.localcloud.hetzner.catalog import catalog
from infra.localcloud.hetzner.certificate_files import CertificateFolder
from infra.localcloud.hetzner.clock import run_clock
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.desired import desired_balancers, desired_machines
from infra.localcloud.hetzner.hang_up import HangingUpProtocol
from infra.localcloud.hetzner.store import Store
from infra.localcloud.machines.control_plane.spec import Programs
from infra.localcloud.machines.keeper import MachineKeeper
from infra.localcloud.machines.process import ProcessBoot
from infra.localcloud.machines.user_data import namespace
from infra.localcloud.route import ensure_local
from infra.localcloud.serving import server, stop_on_signal


async def run(config: Config) -> None:
    """Serve until told to stop. Raises RangeNotLocal, ConfigError before anything is started."""
    ensure_local(config.range)
    board = HealthBoard()
    boot = ProcessBoot(config.state_dir / "machines", config.machine, _programs(config))
    machines, balancers = MachineKeeper(boot), BalancerKeeper(board)
    cloud = Cloud(
        store=Store(config.state_dir / "cloud.sqlite3"),
        catalog=catalog(),
        range=config.range,
        action_seconds=config.action_seconds,
        certificates=CertificateFolder(config.state_dir / "certificates"),
        keep_user_data=boot.keep_user_data,
        health_of=board.of,
    )
    servers = [
        server(app, listen.host, listen.port, http=HangingUpProtocol)
        for app, listen in (
            (build_api(cloud), config.api),
            (build_admin(cloud, machines, config.admin_key), config.admin),
        )
    ]
    stop_on_signal(servers)
    background = [
        asyncio.create_task(run_clock(cloud), name="clock"),
        asyncio.create_task(_keep(cloud, machines, balancers), name="keeper"),
    ]
    serving = [asyncio.create_task(each.serve()) for each in servers]
    # A background task that fails must not leave an API that only looks alive.
    await asyncio.wait([*serving, *background], return_when=asyncio.FIRST_COMPLETED)
    for each in servers:
        each.should_exit = True
    failed = [task for task in background if task.done()]
    for task in background:
        task.cancel()
    await asyncio.gather(*serving, balancers.close(), machines.close())
    cloud.store.close()
    for task in failed:
        task.result()


async def _keep(cloud: Cloud, machines: MachineKeeper, balancers: BalancerKeeper) -> None:
    """Bring machines and balancers in line with the rows, at the start and after every change."""
    while True:
        cloud.changed.clear()
        machines.apply(desired_machines(cloud))
        await balancers.apply(desired_balancers(cloud))
        await cloud.changed.wait()


def _programs(config: Config) -> Programs | None:
    """What makes a machine a cluster; None when none is wanted. Raises ConfigError."""
    cluster = config.machine.cluster
    if cluster is None:
        return None
    try:
        namespace.must_be_had(config.state_dir)
    except namespace.NoNameSpaces as error:
        raise ConfigError(str(error)) from error
    return Programs(cluster.kube, cluster.etcd, cluster.helm, cluster.traefik)
