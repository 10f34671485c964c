"""The ids of the phases in order, for each kind of Run. What they do is in `phases`."""

from __future__ import annotations

from sovereign_wizard.provisioning.models import RunKind

ORDER = (
    "preflight",
    "reserve-name",
    "tofu-init",
    "tofu-plan",
    "tofu-apply",
    "tofu-output",
    "dns-commit",
    "cluster-callback",
    "tls",
    "verify",
    "handover",
)
APPROVE = "approve"
DESTROY_ORDER = ("inventory", "tofu-destroy", "sweep", "dns-release")


def order_of(kind: str, *, approve: bool = False) -> tuple[str, ...]:
    """Phases of a Run of this kind; `approve` puts the gate between plan and apply."""
    if kind == RunKind.DESTROY:
        return DESTROY_ORDER
    if not approve:
        return ORDER
    gate = ORDER.index("tofu-apply")
    return (*ORDER[:gate], APPROVE, *ORDER[gate:])
