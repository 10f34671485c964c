"""Rows of this app, gathered from its rooms."""

from sovereign_wizard.cluster.models import ClusterView, Component
from sovereign_wizard.handover.models import CleanUp, Receipt, Sighting
from sovereign_wizard.notices.models import MailChoice, Told
from sovereign_wizard.provisioning.models import (
    Deployment,
    PhaseRun,
    Plan,
    Run,
    StateSpan,
    StateVersion,
)
from sovereign_wizard.wizard.models import Draft

__all__ = [
    "CleanUp",
    "ClusterView",
    "Component",
    "Deployment",
    "Draft",
    "MailChoice",
    "PhaseRun",
    "Plan",
    "Receipt",
    "Run",
    "Sighting",
    "StateSpan",
    "StateVersion",
    "Told",
]
