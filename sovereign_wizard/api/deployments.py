"""Ask for a Deployment, list them, look at one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.decorators import decorate_view

from catalyst.api.document import keyed
from catalyst.api.idempotency import HEADER, idempotent
from catalyst.api.pages import SIZE, Cursor, Limit, page
from catalyst.limits.gate import limited
from sovereign_wizard.api.people import person, theirs
from sovereign_wizard.api.states import Shown, Summary, address, shown, summary
from sovereign_wizard.api.wishes import Wish
from sovereign_wizard.progress.selectors import visible
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Run

router = Router(tags=["deployments"], by_alias=True)


@router.post(
    "",
    response={201: Shown},
    summary="Ask for a Sovereign",
    openapi_extra=keyed(429, 503, required=True),
)
@decorate_view(limited("provision"), idempotent(required=True))
def create(request: HttpRequest, wish: Wish, response: HttpResponse) -> Any:
    """Holds the name, keeps the secrets and lets a worker do the rest; follow it at `streamURL`.

    409 `name-taken` says which names are free.
    """
    deployment = services.create(
        owner=person(request),
        wish=wish.checked(),
        idempotency_key=request.headers[HEADER],
        request=request,
    )
    response["Location"] = address(deployment)
    return Status(201, shown(deployment))


@router.get("", response=list[Summary], summary="List Deployments")
def listing(
    request: HttpRequest, response: HttpResponse, limit: Limit = SIZE, cursor: Cursor = ""
) -> Any:
    """Those you may see, newest first; operators see all. `Link: rel=next` leads on."""
    last_run = Run.objects.filter(deployment=OuterRef("pk")).order_by("-number")
    finished = Subquery(last_run.values("finished_at")[:1])
    rows = visible(person(request)).annotate(run_finished_at=finished)
    found = page(rows, limit=limit, cursor=cursor, request=request, response=response)
    return [Summary(**summary(row, finished_at=vars(row)["run_finished_at"])) for row in found]


@router.get("/{uuid:deployment_id}", response=Shown, summary="Look at one Deployment")
def detail(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """The State now. For the log use `/logs`."""
    _, deployment = theirs(request, deployment_id)
    return shown(deployment)
