"""`/api/v1` of this app: paths and field names of the specification (provisioning §2).

A module a concern. Routes parse, call one service and shape its answer; they decide nothing.
"""

from ninja import Router

from catalyst.api.session import Session
from sovereign_wizard.api import (
    acts,
    checks,
    components,
    deployments,
    first_admin,
    jobs,
    logs,
    machines,
)

router = Router(auth=Session("sovereign.provision"))
router.add_router("/deployments", deployments.router)
router.add_router("/deployments", acts.router)
router.add_router("/deployments", machines.router)
router.add_router("/deployments", first_admin.router)
router.add_router("/deployments", components.router)
router.add_router("/deployments", logs.router)
router.add_router("/deployments", jobs.router)
router.add_router("/actions/executions", jobs.executions)
router.add_router("", checks.router)

__all__ = ["router"]
