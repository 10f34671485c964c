"""Flux on a machine's cluster.

`serve --config FILE` runs the controllers until SIGTERM. `try --address ADDRESS --folder FOLDER`
makes a cluster, puts the kit's own tree on it and prints how far each part of it really gets.
"""

import argparse
import asyncio
import logging
from pathlib import Path

from infra.localcloud.machines.flux import rehearsal, serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    serving = acts.add_parser("serve")
    serving.add_argument("--config", type=Path, required=True)
    trying = acts.add_parser("try")
    trying.add_argument("--address", required=True, help="one that is local to this computer")
    trying.add_argument("--folder", type=Path, required=True, help="its disk; kept")
    trying.add_argument("--seconds", type=float, default=600.0, help="when to stop")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if chosen.act == "serve":
        asyncio.run(serve.run(chosen.config))
    else:
        asyncio.run(rehearsal.run(chosen.address, chosen.folder, chosen.seconds))


if __name__ == "__main__":
    main()
