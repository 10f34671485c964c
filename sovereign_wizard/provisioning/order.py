"""The ids of the phases in order, for each kind of Run. What they do is in `phases`."""

from __future__ import annotations

from django.conf import settings

from sovereign_wizard.provisioning.models import DomainMode, RunKind

ORDER: tuple[str, ...] = (
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
# For a domain of one's own, in the place of this one.
RESERVE = "reserve-name"
OWN_DOMAIN = ("zone-prepare", "delegation-wait")
# Where the machines carry a Kubernetes cluster (CATALYST_CLUSTER), after this phase.
CALLBACK = "cluster-callback"
CLUSTER = ("flux-bootstrap", "components")
FIRST_ADMIN = "first-admin"  # there, after `tls`
APPROVE = "approve"
# These wait for a person, or for a domain on its way: nobody knows how long.
ASK = (APPROVE, *OWN_DOMAIN)
DESTROY_ORDER = ("inventory", "tofu-destroy", "sweep", "dns-release")


def order_of(
    kind: str, *, approve: bool = False, domain_mode: str = DomainMode.POOL
) -> tuple[str, ...]:
    """Phases of a Run of this kind; `approve` puts the gate between plan and apply."""
    if kind == RunKind.DESTROY:
        return DESTROY_ORDER
    order = ORDER
    if domain_mode != DomainMode.POOL:
        order = _after(RESERVE, order, OWN_DOMAIN)
        order = tuple(phase for phase in order if phase != RESERVE)
    if settings.CATALYST.cluster:
        order = _after(CALLBACK, order, CLUSTER)
        order = _after("tls", order, (FIRST_ADMIN,))
    return _after("tofu-plan", order, (APPROVE,)) if approve else order


def _after(phase: str, order: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    at = order.index(phase) + 1
    return (*order[:at], *more, *order[at:])
