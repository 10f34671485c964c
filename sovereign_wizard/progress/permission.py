"""Who may read a Deployment's log: the person who asked for it, and operators."""

from __future__ import annotations

import uuid

from django.urls import reverse

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


def register() -> None:
    """Called once when the app is ready; models are not imported before they are there."""
    from sovereign_wizard.provisioning.models import Deployment

    permit(KIND, may_read, lambda key: reverse("deployment", args=[key]))
    owned(KIND, lambda user: Deployment.objects.filter(owner=user))
