"""`python -m infra.localcloud.machines.operators.crossplane core | rbac ...`, as upstream's image.

`rbac`: upstream's second program, which gives Providers their rights. There are none to be given.
"""

import logging
import signal
import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["rbac"]:
        logging.basicConfig(level=logging.INFO)
        logging.getLogger(__name__).info(
            "stand-in for Crossplane's RBAC manager: nobody here needs rights"
        )
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    else:
        # Here, because the other one needs nothing of it and would hold 40 MB for it.
        from infra.localcloud.machines.operators.crossplane.operator import Operator
        from infra.localcloud.machines.operators.serve import serve

        serve(Operator)
