"""What the owner hands to the first admin of a Sovereign that is ready."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.document import problems
from catalyst.api.shapes import Document
from catalyst.identity.step_up import recently_proved
from sovereign_wizard.api.people import theirs
from sovereign_wizard.provisioning import services

router = Router(tags=["deployments"], by_alias=True)


class FirstAdmin(Document):
    """`logInUrl` asks for `email` and, in the place of a password, for `code`."""

    log_in_url: str
    email: str
    code: str = Field(description="Counts once, for a week; then a password of one's own is set.")


@router.get(
    "/{uuid:deployment_id}/first-admin",
    response=FirstAdmin,
    summary="Fetch the first admin's way in",
    openapi_extra=problems(409),
)
@decorate_view(recently_proved)
def first_admin(request: HttpRequest, deployment_id: uuid.UUID, response: HttpResponse) -> Any:
    """For the owner only, and audited. 409 before the Sovereign is ready, 401 `step-up-required`
    when who you are was proved more than five minutes ago."""
    user, deployment = theirs(request, deployment_id)
    code = services.reveal_first_admin_code(deployment=deployment, actor=user, request=request)
    response["Cache-Control"] = "no-store"
    return FirstAdmin(
        log_in_url=services.first_log_in_url(deployment),
        email=deployment.owner_email,
        code=code.reveal(),
    )
