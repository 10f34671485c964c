"""`/api/v1/domains`: domains of the customer's own, for people with a session.

Acts change rows only; a worker does the rest, and `GET /domains/{id}` says how far it is. What is
not yours answers 404. Credentials come in bodies and are in no answer.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.decorators import decorate_view

from catalyst.api.document import keyed, problems
from catalyst.api.door import JSON_LIMIT
from catalyst.api.session import Session
from catalyst.identity.models import User
from catalyst.identity.step_up import recently_proved
from catalyst.limits.gate import limited
from catalyst.problem import Forbidden
from dns.api.compatible import idempotency_key
from dns.api.domain_shapes import (
    DomainAsked,
    DomainBegin,
    DomainLooked,
    DomainPanel,
    DomainRestore,
    DomainResume,
    DomainStatus,
    RegistrarKeys,
    looked,
    panel_shown,
    status_shown,
)
from dns.byo import services
from dns.byo.models import Mode
from dns.registrars import services as registrars
from dns.registrars.api import guarded

router = Router(tags=["domains"], by_alias=True, auth=Session("domain.bring"))
with_records = partial(guarded, limit=JSON_LIMIT)


@router.post(
    "/look",
    response=DomainLooked,
    summary="How a domain is, and what would stop",
    openapi_extra=problems(429),
)
@decorate_view(limited("domain-look"))
def look(request: HttpRequest, body: DomainAsked) -> Any:
    """Changes nothing. Asks its parent, its name servers and resolvers: seconds."""
    who = _person(request)
    seen = services.look(domain=body.domain, account=who.account)
    return looked(seen)


@router.post(
    "",
    response={201: DomainStatus},
    summary="Bring a domain here",
    openapi_extra=keyed(429, required=False),
)
@decorate_view(with_records)
def begin(request: HttpRequest, body: DomainBegin) -> Any:
    """The same Idempotency-Key gives the same move while it lives.

    409: `domain-taken`, `domain-is-ours`; 422: `wrong-acknowledgement`, `invalid-record`,
    `missing-token`, `not-supported-for-domain` (with `steps`).
    """
    who = _person(request)
    name = registrars.read_domain(body.domain).name
    move = services.begin(
        domain=name,
        mode=body.mode,
        owner=who.account,
        account=who.account,
        actor=str(who),
        idempotency_key=idempotency_key(request) or str(uuid.uuid4()),
        registrar=body.registrar,
        credentials=_keys(body.registrar, body) if body.mode == Mode.REGISTRAR else None,
        acknowledgement=body.acknowledgement,
        records=services.records_of(body.records, domain=name),
        contact=body.contact,
        request=request,
    )
    return Status(201, status_shown(services.status(move_id=move.move_id)))


@router.get("", response=list[DomainStatus], summary="Your domains")
def listing(request: HttpRequest) -> Any:
    """Newest first, at most 200; ended ones too."""
    return [status_shown(one) for one in services.moves_of(_person(request).account)]


@router.get("/{uuid:move_id}", response=DomainPanel, summary="How far a domain is")
def panel(request: HttpRequest, move_id: uuid.UUID) -> Any:
    """Of what was seen last; asks nobody."""
    _mine(request, move_id)
    return panel_shown(services.panel(move_id=move_id))


@router.post(
    "/{uuid:move_id}/check",
    response={202: DomainStatus},
    summary="Look now",
    openapi_extra=problems(429),
)
@decorate_view(limited("domain-look"))
def check(request: HttpRequest, move_id: uuid.UUID) -> Any:
    """A worker looks at once instead of later."""
    who = _mine(request, move_id)
    return Status(202, status_shown(services.check_now(move_id=move_id, actor=str(who))))


@router.post(
    "/{uuid:move_id}/resume",
    response={202: DomainStatus},
    summary="Go on after it stopped",
    openapi_extra=problems(429),
)
@decorate_view(with_records, recently_proved)
def resume(request: HttpRequest, move_id: uuid.UUID, body: DomainResume) -> Any:
    """409 `credentials-gone`: the registrar's credentials are needed again.

    401 `step-up-required` when who you are was proved more than five minutes ago.
    """
    who = _mine(request, move_id)
    found = services.status(move_id=move_id)
    given = body.records
    status = services.resume(
        move_id=move_id,
        actor=str(who),
        credentials=_maybe_keys(found, body),
        acknowledgement=body.acknowledgement,
        records=None if given is None else services.records_of(given, domain=found.fqdn),
    )
    return Status(202, status_shown(status))


@router.post(
    "/{uuid:move_id}/restore",
    response={202: DomainStatus},
    summary="Bring the earlier name servers back",
    openapi_extra=problems(429),
)
@decorate_view(guarded, recently_proved)
def restore(request: HttpRequest, move_id: uuid.UUID, body: DomainRestore) -> Any:
    """With credentials we do it; without, the panel says what to do, and we watch.

    401 `step-up-required` when who you are was proved more than five minutes ago.
    """
    who = _mine(request, move_id)
    status = services.restore(
        move_id=move_id,
        actor=str(who),
        confirm=body.confirm,
        credentials=_maybe_keys(services.status(move_id=move_id), body),
    )
    return Status(202, status_shown(status))


@router.delete("/{uuid:move_id}", response={202: DomainStatus}, summary="Give a domain up")
@decorate_view(recently_proved)
def release(request: HttpRequest, move_id: uuid.UUID) -> Any:
    """Its zone stays while the parent sends anybody here. Not while a Sovereign uses it.

    401 `step-up-required` when who you are was proved more than five minutes ago.
    """
    who = _mine(request, move_id)
    if not services.status(move_id=move_id).owner.startswith("user:"):
        raise Forbidden("A Sovereign uses this domain. Destroy that first.")
    return Status(202, status_shown(services.release(move_id=move_id, actor=str(who))))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # `Session` lets nobody else in
    return request.user


def _mine(request: HttpRequest, move_id: uuid.UUID) -> User:
    who = _person(request)
    services.must_see(who, move_id)
    return who


def _keys(registrar: str, body: RegistrarKeys) -> registrars.Credentials:
    return registrars.credentials_of(registrar, fields=body.credentials, token=body.token)


def _maybe_keys(found: services.MoveStatus, body: RegistrarKeys) -> registrars.Credentials | None:
    if not found.registrar or not (body.credentials or body.token):
        return None
    return _keys(found.registrar, body)
