"""`python -m infra.localcloud.machines.flux --config FILE`: the controllers, until SIGTERM."""

import argparse
import asyncio
import logging
from pathlib import Path

from infra.localcloud.machines.flux import serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(serve.run(parser.parse_args().config))


if __name__ == "__main__":
    main()
