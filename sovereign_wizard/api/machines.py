"""What a new machine sends with its bearer, and the kubeconfig its owner may fetch afterwards."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.document import problems
from catalyst.api.door import read_body
from catalyst.api.problems import BodyTooLarge as TooLarge
from catalyst.api.shapes import Asked, Document
from catalyst.identity.step_up import recently_proved
from catalyst.limits.gate import limited
from sovereign_wizard.api.people import MachineBearer, bearer, theirs
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.cluster_access import KUBECONFIG_BYTES, BodyTooLarge

router = Router(tags=["machines"], by_alias=True)
YAML = {"application/yaml": {"schema": {"type": "string", "maxLength": KUBECONFIG_BYTES}}}


class CallBack(Asked):
    hostname: str = Field(
        min_length=1, max_length=253, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", examples=["cp-1"]
    )


class Heard(Document):
    status: str = Field(examples=["ok"])


def _deployment(request: HttpRequest, *, deployment_id: uuid.UUID) -> str:
    return f"deployment:{deployment_id}"


@router.post(
    "/{uuid:deployment_id}/callback",
    auth=MachineBearer(),
    response=Heard,
    summary="A machine says that it is up",
    openapi_extra=problems(429),
)
@decorate_view(limited("call-back", key=_deployment))
def call_back(request: HttpRequest, deployment_id: uuid.UUID, body: CallBack) -> Any:
    """The bearer counts once; a repeated call changes nothing. 403 for a wrong bearer."""
    services.call_back(deployment_id=deployment_id, bearer=bearer(request), hostname=body.hostname)
    return Heard(status="ok")


@router.put(
    "/{uuid:deployment_id}/kubeconfig",
    auth=MachineBearer(),
    response={204: None},
    summary="A machine hands in the kubeconfig",
    openapi_extra={
        **problems(422, 429),
        "requestBody": {"required": True, "content": YAML},
    },
)
@decorate_view(limited("call-back", key=_deployment))
def put_kubeconfig(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """Raw YAML, at most 1 MiB, once: 403 `already-set` for another one.

    401 `missing-bearer`, 403 for a bearer of somewhere else, 422 `empty-body`, `body-too-large`,
    `kubeconfig-refused` for one that leads elsewhere.
    """
    try:
        body = read_body(request, limit=KUBECONFIG_BYTES)
    except TooLarge as problem:  # the specification's status for it is 422
        raise BodyTooLarge(problem.detail) from problem
    cluster.keep_kubeconfig(deployment_id=deployment_id, bearer=bearer(request), text=body)
    return Status(204, None)


@router.get(
    "/{uuid:deployment_id}/kubeconfig",
    summary="Fetch the kubeconfig",
    openapi_extra={"responses": {200: {"content": YAML}, **problems(409)["responses"]}},
)
@decorate_view(recently_proved)
def get_kubeconfig(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponse:
    """For the owner only, and audited. 409 while the cluster has sent none, 401 `step-up-required`
    when who you are was proved more than five minutes ago."""
    user, deployment = theirs(request, deployment_id)
    found = services.kubeconfig(deployment=deployment, actor=user, request=request)
    answer = HttpResponse(found.reveal(), content_type="application/yaml")
    answer["Content-Disposition"] = f'attachment; filename="{deployment.fqdn}-kubeconfig.yaml"'
    answer["Cache-Control"] = "no-store"
    return answer
