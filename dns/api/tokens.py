"""Service tokens: operators issue, list and revoke them; a token cannot make another."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.session import Session
from catalyst.api.shapes import Asked, Document
from catalyst.identity.step_up import recently_proved
from dns.api.who import operator
from dns.tokens import services
from dns.tokens.models import Scope, ServiceToken

router = Router(tags=["service tokens"], by_alias=True, auth=Session("operate"))


class NewToken(Asked):
    name: str = Field(max_length=60, examples=["crossplane"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope.values))
    pools: list[str] = Field([], max_length=50, description="Domains; none: all.")
    networks: list[str] = Field([], max_length=50, description="CIDR; none: from anywhere.")
    days: int = Field(90, ge=1, le=services.LONGEST_LIFE.days, description="How long it is good.")
    idle_days: int | None = Field(None, ge=1, le=366, description="Ends when unused for so long.")
    names_limit: int | None = Field(None, ge=0, le=1_000_000)


class ServiceTokenShown(Document):
    id: uuid.UUID
    name: str
    scopes: list[str]
    pools: list[str]
    networks: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str | None
    revoked_at: datetime | None


class NewlyIssued(Document):
    id: uuid.UUID
    name: str
    expires_at: datetime
    token: str = Field(description="Shown this once.")


@router.post("", response={201: NewlyIssued}, summary="Issue a service token")
@decorate_view(recently_proved)
def issue(request: HttpRequest, body: NewToken) -> Any:
    """For one program. Its names belong to `service:<name>`.

    401 `step-up-required` when who you are was proved more than five minutes ago.
    """
    issued = services.issue(
        name=body.name,
        scopes=body.scopes,
        pools=body.pools,
        networks=body.networks,
        life=timedelta(days=body.days),
        idle_limit=None if body.idle_days is None else timedelta(days=body.idle_days),
        names_limit=body.names_limit,
        actor=operator(request),
    )
    return Status(
        201,
        NewlyIssued(
            id=issued.id,
            name=issued.name,
            expires_at=issued.expires_at,
            token=issued.secret.reveal(),
        ),
    )


@router.get("", response=list[ServiceTokenShown], summary="List service tokens")
def listing(request: HttpRequest) -> Any:
    """Newest first, ended ones too; the tokens themselves are nowhere."""
    operator(request)
    return [_shown(row) for row in services.newest()]


@router.delete("/{uuid:token_id}", response={204: None}, summary="Revoke a service token")
def revoke(request: HttpRequest, token_id: uuid.UUID) -> Any:
    """From now on; twice is fine."""
    services.revoke(token_id=token_id, actor=operator(request))
    return Status(204, None)


def _shown(row: ServiceToken) -> ServiceTokenShown:
    return ServiceTokenShown(
        **{name: getattr(row, name) for name in ServiceTokenShown.model_fields}
    )
