"""Start the registrars: `python -m infra.localcloud.registrars --config FILE`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.localcloud.config import ConfigError
from infra.localcloud.internet.authoritative import NotInstalled, StartFailed
from infra.localcloud.registrars.config import load
from infra.localcloud.registrars.program import run


def main() -> int:
    """Exit code: 0 stopped, 1 a part did not start, 2 the configuration is not usable."""
    parser = argparse.ArgumentParser(prog="infra.localcloud.registrars", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see config.py")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # One of the vendors takes its key in the URL; httpx and uvicorn would write such lines.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(run(load(arguments.config)))
    except ConfigError as error:
        print(f"registrars: {error}", file=sys.stderr)
        return 2
    except (NotInstalled, StartFailed) as error:
        print(f"registrars: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
