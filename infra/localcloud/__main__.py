"""Start the local cloud: `python -m infra.localcloud --config FILE`.

Exit code 2: the configuration is not usable; 3: the public range cannot be made local.
"""

import sys

from infra.localcloud.config import load
from infra.localcloud.program import run
from infra.localcloud.route import RangeNotLocal
from infra.localcloud.starting import start

if __name__ == "__main__":
    sys.exit(
        start(
            "infra.localcloud",
            load=load,
            run=run,
            called="local cloud",
            about=__doc__,
            exits={RangeNotLocal: 3},
        )
    )
