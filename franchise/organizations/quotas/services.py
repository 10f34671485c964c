"""The plan an Organization has, and what its cluster is to be told."""

from __future__ import annotations

from django.db import transaction

from catalyst.audit.services import record
from franchise.organizations.ending.states import tell
from franchise.organizations.models import Organization
from franchise.organizations.problems import WrongState
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.quotas.manifests import Manifest, manifests
from franchise.organizations.rows import locked, subject
from franchise.organizations.states import State


def set_plan(*, organization_id: int, plan: str, limits: Limits | None, actor: str) -> None:
    """What it bought; `plan` "" and no limits: it has none. Raises NotFound, WrongState."""
    with transaction.atomic():
        organization = locked(organization_id=organization_id)
        if organization.state == State.DELETED:
            raise WrongState(state=organization.state)
        before = {"plan": organization.plan, "limits": organization.limits}
        organization.plan = plan
        organization.limits = limits.kept() if limits else {}
        after = {"plan": organization.plan, "limits": organization.limits}
        if after == before:
            return
        organization.save(update_fields=["plan", "limits"])
        record(
            actor=actor,
            act="organization.plan",
            object=subject(organization),
            before=before,
            after=after,
        )
        tell(organization, organization.state)


def wanted(organization: Organization) -> list[Manifest]:
    """What stands in its namespace: nothing once it is deleted, no Pod while it is suspended.

    While it is being deleted it runs on, because that can be undone; unless it was suspended.
    """
    if organization.state == State.DELETED:
        return []
    return manifests(
        organization=organization.slug,
        limits=Limits.read(organization.limits),
        open=not organization.suspended_because,
    )
