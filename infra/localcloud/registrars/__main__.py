"""Start the registrars: `python -m infra.localcloud.registrars --config FILE`.

Exit code 1: a part did not start; 2: the configuration is not usable.
"""

import sys

from infra.localcloud.internet.authoritative import NotInstalled, StartFailed
from infra.localcloud.registrars.config import load
from infra.localcloud.registrars.program import run
from infra.localcloud.starting import start

if __name__ == "__main__":
    sys.exit(
        start(
            "infra.localcloud.registrars",
            load=load,
            run=run,
            called="registrars",
            about=__doc__,
            exits={NotInstalled: 1, StartFailed: 1},
        )
    )
