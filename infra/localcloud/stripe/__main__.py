"""Start it: `python -m infra.localcloud.stripe --config FILE`."""

import sys

from infra.localcloud.starting import start
from infra.localcloud.stripe.config import load
from infra.localcloud.stripe.program import run

if __name__ == "__main__":
    sys.exit(
        start(
            "infra.localcloud.stripe",
            load=load,
            run=run,
            called="stripe",
            about=__doc__,
        )
    )
