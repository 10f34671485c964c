"""Start the mail server and its page: `python -m infra.localcloud.mailbox --config FILE`.

Exit code 1: a port was taken; 2: the configuration is not usable.
"""

import sys

from infra.localcloud.mailbox.config import load
from infra.localcloud.mailbox.program import run
from infra.localcloud.starting import start

if __name__ == "__main__":
    sys.exit(
        start(
            "infra.localcloud.mailbox",
            load=load,
            run=run,
            called="mailbox",
            about=__doc__,
            quiet="mail.log",  # it names who wrote to whom
            exits={OSError: 1},
        )
    )
