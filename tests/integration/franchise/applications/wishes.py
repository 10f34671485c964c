"""Asking for an App, and how it is."""

from __future__ import annotations

from typing import Any

from franchise.applications import services as apps
from franchise.applications.services import App
from franchise.organizations.members.models import Membership


def install(owner: Membership, blueprint: str = "radicale", **more: Any) -> App:
    environment = owner.organization.environments.order_by("id")[0]
    return apps.install(
        organization_id=owner.organization_id,
        environment_id=environment.pk,
        blueprint=blueprint,
        actor=owner.email,
        by=owner,
        **more,
    )


def state(app: App) -> str:
    app.refresh_from_db()
    return app.state
