"""Start it: `python -m infra.localcloud.stripe --config FILE`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.localcloud.config import ConfigError
from infra.localcloud.stripe.config import load
from infra.localcloud.stripe.program import run


def main() -> int:
    """Exit code: 0 stopped, 2 the configuration is not usable."""
    parser = argparse.ArgumentParser(prog="infra.localcloud.stripe", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see config.py")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(run(load(arguments.config)))
    except ConfigError as error:
        print(f"stripe: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
