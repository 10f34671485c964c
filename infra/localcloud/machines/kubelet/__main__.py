"""`python -m infra.localcloud.machines.kubelet --config FILE`: one node, until SIGTERM."""

import argparse
import asyncio
import contextlib
import logging
import signal
from pathlib import Path

from infra.localcloud.machines.cluster.api import Api
from infra.localcloud.machines.kubelet import config, port
from infra.localcloud.machines.kubelet.kubelet import Kubelet


async def _serve(told: config.Config) -> None:
    async with Api(told.kubeconfig) as api:
        kubelet = Kubelet(api, told)
        both = [
            asyncio.create_task(kubelet.run()),
            asyncio.create_task(port.serve(told, kubelet.running)),
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: [task.cancel() for task in both])
        # One that fails ends the other: whoever started us starts us again.
        done, rest = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for task in done:
            with contextlib.suppress(asyncio.CancelledError):
                task.result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_serve(config.load(parser.parse_args().config)))


if __name__ == "__main__":
    main()
