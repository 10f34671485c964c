"""What a complete draft asks for, as provisioning takes it. Review is drawn from the same value."""

from __future__ import annotations

from typing import Any

from catalyst.vault import services as vault
from sovereign_wizard.provisioning.profile import Profile
from sovereign_wizard.provisioning.services import DeploymentRequest
from sovereign_wizard.wizard import own_domain
from sovereign_wizard.wizard.models import Draft
from sovereign_wizard.wizard.topologies import HIGHLY_AVAILABLE


def wish(draft: Draft) -> DeploymentRequest:
    """What a complete draft asks for. Raises NotFound when a secret of it is no longer kept."""
    values = draft.values
    return DeploymentRequest(
        organization_name=values["organization_name"],
        owner_email=values["owner_email"],
        profile=profile(values),
        ha_enabled=ha_enabled(values),
        **own_domain.wish(draft),
        region=values["region"],
        control_plane_size=values["control_plane_size"],
        worker_size=values["worker_size"],
        worker_count=int(values["worker_count"]),
        hetzner_project_id=values["hetzner_project_id"],
        hetzner_token=vault.get(draft.token_reference),
        ssh_public_key=values["ssh_public_key"],
        # A draft from before this was asked has no answer.
        delete_protection=bool(values.get("delete_protection", False)),
        small_control_plane=bool(values.get("small_control_plane", False)),
        approve_plan=bool(values.get("approve_plan", False)),
        components=tuple(values["components"]),
        apps=tuple(values.get("apps", ())),
    )


def ha_enabled(values: dict[str, Any]) -> bool:
    """Three control planes?"""
    return values.get("topology") == HIGHLY_AVAILABLE


def profile(values: dict[str, Any]) -> Profile:
    """The optional answers about the Organization."""
    return Profile(
        headquarters=values.get("headquarters", ""),
        industry=values.get("industry", ""),
        headcount=values.get("headcount", ""),
        compliance=tuple(values.get("compliance", ())),
    )
