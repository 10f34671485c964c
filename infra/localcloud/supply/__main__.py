"""`python -m infra.localcloud.supply --config FILE`: charts and tree, until SIGTERM."""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from infra.localcloud.supply.config import Config
from infra.localcloud.supply.supply import Supply

log = logging.getLogger(__name__)


async def _serve(config: Config) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    supply = Supply(config)
    try:
        await supply.start()
        log.info("pushed %d charts; tree at %s", len(supply.pushed), supply.commit)
        log.info("serving oci://%s and %s", config.charts, config.tree)
        await end.wait()
    finally:
        await supply.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # One line for each request it makes would drown the rest.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(_serve(Config.read(parser.parse_args().config)))


if __name__ == "__main__":
    main()
