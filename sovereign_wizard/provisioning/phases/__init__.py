"""The phases in order. Ids are API; a phase is idempotent and knows nothing of its neighbours."""

from __future__ import annotations

from sovereign_wizard.provisioning.context import Phase
from sovereign_wizard.provisioning.order import ORDER, order_of
from sovereign_wizard.provisioning.phases.approve import Approve
from sovereign_wizard.provisioning.phases.callback import ClusterCallback
from sovereign_wizard.provisioning.phases.check import Preflight
from sovereign_wizard.provisioning.phases.components import Components
from sovereign_wizard.provisioning.phases.destroy import DnsRelease, Inventory, Sweep, TofuDestroy
from sovereign_wizard.provisioning.phases.first_admin import FirstAdmin
from sovereign_wizard.provisioning.phases.flux_bootstrap import FluxBootstrap
from sovereign_wizard.provisioning.phases.handover import Handover
from sovereign_wizard.provisioning.phases.names import (
    DelegationWait,
    DnsCommit,
    ReserveName,
    ZonePrepare,
)
from sovereign_wizard.provisioning.phases.proof import Tls, Verify
from sovereign_wizard.provisioning.phases.tofu import TofuApply, TofuInit, TofuOutput, TofuPlan

__all__ = ["BY_ID", "ORDER", "TITLES", "order_of"]

PHASES: tuple[Phase, ...] = (
    Preflight(),
    ReserveName(),
    ZonePrepare(),
    DelegationWait(),
    TofuInit(),
    TofuPlan(),
    Approve(),
    TofuApply(),
    TofuOutput(),
    DnsCommit(),
    ClusterCallback(),
    FluxBootstrap(),
    Components(),
    Tls(),
    FirstAdmin(),
    Verify(),
    Handover(),
    Inventory(),
    TofuDestroy(),
    Sweep(),
    DnsRelease(),
)
BY_ID = {phase.id: phase for phase in PHASES}
TITLES = {phase.id: phase.title for phase in PHASES}
