"""What may be done to a Deployment: retry, cancel, destroy, approve. Whether it may be done in its
state, the services decide."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.decorators import decorate_view
from pydantic import Field, SecretStr

from catalyst.api.document import keyed
from catalyst.api.idempotency import idempotent
from catalyst.api.shapes import Asked
from catalyst.identity.step_up import recently_proved
from catalyst.limits.gate import limited
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from sovereign_wizard.api.named import Keys
from sovereign_wizard.api.people import theirs
from sovereign_wizard.api.states import Shown, shown
from sovereign_wizard.handover import services as handover
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.phases import TITLES

router = Router(tags=["deployments"], by_alias=True)


class UnknownPhase(Problem):
    """400, as the specification's clients expect."""

    type = "unknown-phase"
    title = "There is no phase of this name"
    status = 400


class Retried(Shown):
    """The State, and in words what happens now."""

    phase: str
    message: str


class Destroy(Asked):
    """`confirmFQDN` is typed by a person; a token is needed once ours was destroyed."""

    confirm_fqdn: str = Field(
        alias="confirmFQDN", min_length=1, max_length=253, examples=["omantel.omani.works"]
    )
    hetzner_token: SecretStr | None = Field(None, min_length=64, max_length=64)


class Approve(Asked):
    """The hash of the plan that was looked at, from the State."""

    plan_sha256: str = Field(alias="planSha256", pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])


@router.post(
    "/{uuid:deployment_id}/retry",
    response=Shown,
    summary="Go on from the phase that failed",
    openapi_extra=keyed(410, 429, required=False),
)
@decorate_view(limited("retry"), idempotent(required=False))
def retry(request: HttpRequest, deployment_id: uuid.UUID, body: Keys | None = None) -> Any:
    """What earlier runs proved is not done again. 409 unless it failed or was cancelled.

    A body is needed only after 409 `credentials-gone`: a domain's move begins again at its
    registrar.
    """
    user, deployment = theirs(request, deployment_id)
    registrar = naming.of(deployment).asks(deployment) if body else ""
    services.retry(
        deployment=deployment,
        actor=str(user),
        credentials=body.credentials(registrar) if body and registrar else None,
        request=request,
    )
    return shown(deployment)


@router.post(
    "/{uuid:deployment_id}/phases/{phase}/retry",
    response=Retried,
    summary="Go on from a phase of your choice",
    openapi_extra=keyed(400, 410, 429, required=False),
)
@decorate_view(limited("retry"), idempotent(required=False))
def retry_phase(request: HttpRequest, deployment_id: uuid.UUID, phase: str) -> Any:
    """That phase and everything after it runs again. 409 while a run is under way."""
    user, deployment = theirs(request, deployment_id)
    if phase not in TITLES:
        raise UnknownPhase(f"The phases are {', '.join(TITLES)}.", field="phase")
    run = services.retry(deployment=deployment, actor=str(user), phase=phase, request=request)
    message = f"Run {run.number} goes on from {phase}."
    return Retried(**shown(deployment).model_dump(), phase=phase, message=message)


@router.post(
    "/{uuid:deployment_id}/cancel",
    response={202: Shown},
    summary="Stop what is under way",
    openapi_extra=keyed(429, required=False),
)
@decorate_view(limited("cancel"), idempotent(required=False))
def cancel(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """tofu is interrupted and keeps its state; what was made stays, and is billed, until destroyed.

    The State says `cancelling`, then `cancelled`.
    """
    user, deployment = theirs(request, deployment_id)
    services.cancel(deployment=deployment, actor=str(user), request=request)
    return Status(202, shown(deployment))


@router.post(
    "/{uuid:deployment_id}/destroy",
    response={202: Shown},
    summary="Destroy a Sovereign",
    openapi_extra=keyed(429, 503, required=False),
)
@decorate_view(limited("destroy"), idempotent(required=False), recently_proved)  # asked first
def destroy(request: HttpRequest, deployment_id: uuid.UUID, body: Destroy) -> Any:
    """Removes everything at Hetzner and gives the name back. There is no way back.

    401 `step-up-required` when who you are was proved more than five minutes ago. 409
    `second-person-needed` when it is another's: `page` is where its owner or another operator
    agrees; send this again after that, within 24 hours.
    """
    user, deployment = theirs(request, deployment_id)
    token = body.hetzner_token
    handover.destroy_all(
        deployment=deployment,
        actor=user,
        confirm_fqdn=body.confirm_fqdn,
        token=Secret(token.get_secret_value()) if token else None,
        request=request,
    )
    return Status(202, shown(deployment))


@router.post(
    "/{uuid:deployment_id}/approve",
    response=Shown,
    summary="Approve the plan",
    openapi_extra=keyed(429, required=False),
)
@decorate_view(limited("approve"), idempotent(required=False))
def approve(request: HttpRequest, deployment_id: uuid.UUID, body: Approve) -> Any:
    """For Deployments asked for with `approvePlan`. Another plan than the newest gives 409."""
    user, deployment = theirs(request, deployment_id)
    services.approve(
        deployment=deployment, plan_sha256=body.plan_sha256, actor=str(user), request=request
    )
    return shown(deployment)
