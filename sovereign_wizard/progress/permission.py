"""Who may read a Deployment's log: the person who asked for it, and operators."""

from __future__ import annotations

import uuid

from django.urls import NoReverseMatch, reverse

from catalyst.audit.selectors import owned
from catalyst.eventlog.services import permit
from catalyst.identity.models import User

KIND = "deployment"


def may_read(user: User, deployment_id: str) -> bool:
    """May this person read the log of this Deployment now?"""
    from sovereign_wizard.provisioning.models import Deployment
    from sovereign_wizard.provisioning.services import may_see

    try:
        key = uuid.UUID(deployment_id)
    except ValueError:
        return False
    deployment = Deployment.objects.filter(pk=key).first()
    return deployment is not None and may_see(user, deployment)


def home(deployment_id: str) -> str:
    """The path of its page; empty where there is none, as in a Sovereign's own console."""
    try:
        return reverse("deployment", args=[deployment_id])
    except NoReverseMatch:
        return ""


def register() -> None:
    """Called once when the app is ready; models are not imported before they are there."""
    from sovereign_wizard.provisioning.models import Deployment

    permit(KIND, may_read, home)
    owned(KIND, lambda user: Deployment.objects.filter(owner=user))
