"""Start the mail server and its page: `python -m infra.localcloud.mailbox --config FILE`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.localcloud.config import ConfigError
from infra.localcloud.mailbox.config import load
from infra.localcloud.mailbox.program import run


def main() -> int:
    """Exit code: 0 stopped, 1 a port was taken, 2 the configuration is not usable."""
    parser = argparse.ArgumentParser(prog="infra.localcloud.mailbox", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file, see config.py")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it names who wrote to whom
    try:
        asyncio.run(run(load(arguments.config)))
    except ConfigError as error:
        print(f"mailbox: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"mailbox: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
