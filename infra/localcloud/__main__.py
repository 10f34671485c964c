"""Start the local cloud: `python -m infra.localcloud --config FILE`. Only arguments and exit codes.

Exit code 2: the configuration is not usable; 3: the public range cannot be made local.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.localcloud.config import ConfigError, load
from infra.localcloud.program import run
from infra.localcloud.route import RangeNotLocal


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra.localcloud", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see config.py")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # httpx logs whole request lines at INFO, and an update URL is nobody's business.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(run(load(arguments.config)))
    except ConfigError as error:
        print(f"local cloud: {error}", file=sys.stderr)
        return 2
    except RangeNotLocal as error:
        print(f"local cloud: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
