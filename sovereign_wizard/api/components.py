"""What Flux has installed in a Sovereign's cluster, and a new look at it (provisioning §2)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.document import problems
from catalyst.api.shapes import Document
from catalyst.limits.gate import limited
from sovereign_wizard.api.people import theirs
from sovereign_wizard.cluster import services, states, watching
from sovereign_wizard.cluster.models import Component as Row
from sovereign_wizard.provisioning.models import Deployment

router = Router(tags=["components"], by_alias=True)


class Component(Document):
    """One HelmRelease. `degraded`: it failed and Flux tries again; `failed`: Flux has given up."""

    app_id: str = Field(description="Its name without `bp-`.", examples=["gitea"])
    status: states.Status
    helm_release_name: str = Field(examples=["bp-gitea"])
    namespace: str = Field(examples=["flux-system"])
    last_transition_at: datetime | None
    message: str
    depends_on: list[str]
    stubbed: bool = Field(description="Of upstream's chart only a stub is there (offline).")
    stuck: str = Field(description="What its Pods say when they do not get on; else empty.")


class Stage(Document):
    """One Kustomization: what brings the releases, in their order."""

    name: str
    status: states.Status
    last_transition_at: datetime | None
    message: str
    depends_on: list[str]


class Components(Document):
    """As they were seen last. `trouble`: why the newest look saw nothing; empty if it did."""

    watching: bool
    seen_at: datetime | None
    trouble: str
    components: list[Component]
    stages: list[Stage]


class Watch(Document):
    """`alreadyActive`: a run was watching before. `seededAt`: the cluster's first answer."""

    watching: bool
    already_active: bool
    seeded_at: datetime | None
    components: list[Component]


@router.get(
    "/{uuid:deployment_id}/components/state",
    response=Components,
    summary="What is installed in the cluster",
)
def state(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """Every release that Git brings, as Flux says. Empty before the cluster was seen first."""
    _, deployment = theirs(request, deployment_id)
    view = services.view_of(deployment)
    return Components(
        watching=watching.watching(deployment),
        seen_at=view.answered_at if view else None,
        trouble=view.trouble if view else "",
        components=_components(deployment),
        stages=[_stage(row) for row in services.rows(deployment, states.Kind.STAGE)],
    )


@router.post(
    "/{uuid:deployment_id}/refresh-watch",
    response={200: Watch, 202: Watch},
    summary="Look at the cluster again",
    openapi_extra=problems(409, 429, 503, 504),
)
@decorate_view(limited("retry"))
def refresh_watch(request: HttpRequest, deployment_id: uuid.UUID) -> Any:
    """200 when a run watches already. A run that stopped at the cluster goes on if it can.

    409 `watch-not-resumable`, 503 `cluster-away`, 504 `seed-timeout`.
    """
    user, deployment = theirs(request, deployment_id)
    found = watching.refresh(deployment=deployment, actor=str(user), request=request)
    answer = Watch(
        watching=found.watching,
        already_active=found.already,
        seeded_at=found.seeded_at,
        components=_components(deployment),
    )
    return Status(200 if found.already else 202, answer)


def _components(deployment: Deployment) -> list[Component]:
    return [
        Component(
            app_id=row.component_id,
            status=states.Status(row.status),
            helm_release_name=row.name,
            namespace=row.namespace,
            last_transition_at=row.transition_at,
            message=row.message,
            depends_on=row.depends_on,
            stubbed=row.stubbed,
            stuck=row.stuck,
        )
        for row in services.rows(deployment)
    ]


def _stage(row: Row) -> Stage:
    return Stage(
        name=row.name,
        status=states.Status(row.status),
        last_transition_at=row.transition_at,
        message=row.message,
        depends_on=row.depends_on,
    )
