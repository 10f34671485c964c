"""`python -m infra.localcloud.machines.cluster --config FILE`: Services, names and claims of one
cluster, until SIGTERM.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
from pathlib import Path

import dns.resolver
from infra.localcloud.machines.cluster import config, objects
from infra.localcloud.machines.cluster.api import Api
from infra.localcloud.machines.cluster.claims import Provisioner
from infra.localcloud.machines.cluster.endpoints import Directory
from infra.localcloud.machines.cluster.helm_charts import HelmCharts
from infra.localcloud.machines.cluster.names import ClusterNames
from infra.localcloud.machines.cluster.services import ServiceProxy
from infra.localcloud.route import ensure_local


async def _serve(told: config.Config) -> None:
    ensure_local(told.services)
    news = asyncio.Event()
    async with Api(told.kubeconfig) as api, asyncio.TaskGroup() as group:
        me = asyncio.current_task()
        assert me is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, me.cancel)
        directory = Directory(api, news.set)
        upstream = told.upstream or dns.resolver.Resolver().nameservers
        names = ClusterNames(directory, told.domain, [str(server) for server in upstream])
        proxy = ServiceProxy(directory, told.address, [str(told.names)])
        for mirror in (*directory.mirrors, *Provisioner(api, told.root).mirrors):
            group.create_task(mirror.run())
        group.create_task(names.serve(str(told.names)))
        group.create_task(proxy.run(news))
        group.create_task(objects.have(api, told))
        if told.helm is not None:
            charts = HelmCharts(api, told.helm, told.kubeconfig, told.kubeconfig.parent / "helm")
            group.create_task(charts.run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_serve(config.load(parser.parse_args().config)))


if __name__ == "__main__":
    main()
