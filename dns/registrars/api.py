"""`/api/v1/registrars`, `/api/v1/registrar/{registrar}/validate|set-ns` (dns.md §1.4).

Counted per address and per person: this is no place to try stolen keys. Credentials come by field,
or as the earlier system's `token` with colons; no answer repeats one.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.decorators import decorate_view
from pydantic import Field

from catalyst.api.document import problems
from catalyst.api.door import read_body
from catalyst.api.session import Session
from catalyst.limits.gate import by_address, by_person, limited
from dns.registrars import services
from dns.registrars.catalog import find
from dns.registrars.problems import MissingDomain, MissingToken
from dns.registrars.values import JobState

router = Router(tags=["registrars"], auth=Session("registrar.use"))
BODY_LIMIT = 16_384


class ChoiceOut(Schema):
    value: str
    label: str


class FieldOut(Schema):
    name: str
    label: str
    help: str
    secret: bool
    required: bool
    choices: list[ChoiceOut]


class CapabilitiesOut(Schema):
    asyncJob: bool  # noqa: N815 (field names of the compatible API)
    dsRecords: bool  # noqa: N815
    dsNeedsKey: bool  # noqa: N815
    glueRequired: bool  # noqa: N815
    apexOnly: bool  # noqa: N815
    minNameservers: int  # noqa: N815
    maxNameservers: int  # noqa: N815


class RegistrarOut(Schema):
    name: str
    title: str
    where: str
    rights: list[str]
    propagation: str
    capabilities: CapabilitiesOut
    fields: list[FieldOut]


class RegistrarsOut(Schema):
    registrars: list[RegistrarOut]
    egressIPv4: str  # noqa: N815


class AskedIn(Schema):
    domain: str = Field("", max_length=1024)
    token: str = Field("", max_length=2048, description="`a:b:c`, as in the earlier system")
    credentials: dict[str, str] = Field(
        default_factory=dict, description="by field, see /registrars; wins over `token`"
    )


class SetNsIn(AskedIn):
    nameservers: list[str] = Field(default_factory=list, max_length=32)


class ValidOut(Schema):
    valid: bool
    registrar: str
    domain: str
    nameservers: list[str]


class JobOut(Schema):
    id: str
    state: str


class SetNsOut(Schema):
    """`success`: the registrar shows them. Otherwise `job` says what it is still at."""

    success: bool
    state: str
    registrar: str
    domain: str
    nameservers: list[str]
    propagation: str
    job: JobOut | None


def guarded(view: Any, *, limit: int = BODY_LIMIT) -> Any:
    """Counted by address and by person, and no more than `limit` bytes, before anything is read."""

    @wraps(view)
    def small(request: HttpRequest, *args: Any, **path: Any) -> Any:
        read_body(request, limit=limit)
        return view(request, *args, **path)

    by_everybody = limited("registrar-address", key=by_address)(small)
    return limited("registrar", key=by_person)(by_everybody)


@router.get("/registrars", response=RegistrarsOut)
def listing(request: HttpRequest) -> Any:
    """What there is, what each can do, and which credentials it needs."""
    return {
        "registrars": [_shown(kind) for kind in services.available()],
        "egressIPv4": services.egress_ip(),
    }


@router.post("/registrar/{registrar}/validate", response=ValidOut, openapi_extra=problems(429, 502))
@decorate_view(guarded)
def validate(request: HttpRequest, registrar: str, body: AskedIn) -> Any:
    """That the credentials are good and may change the domain. Changes nothing."""
    credentials = _credentials(registrar, body)
    standing = services.validate(
        registrar=registrar,
        domain=body.domain,
        credentials=credentials,
        actor=str(request.user),
        request=request,
    )
    return {
        "valid": True,
        "registrar": find(registrar).name,
        "domain": standing.domain,
        "nameservers": list(standing.nameservers),
    }


@router.post(
    "/registrar/{registrar}/set-ns",
    response={200: SetNsOut, 202: SetNsOut},
    openapi_extra=problems(429, 502),
)
@decorate_view(guarded)
def set_ns(request: HttpRequest, registrar: str, body: SetNsIn) -> Any:
    """Replace the name servers. 200: the registrar shows them; 202: it is still at it."""
    credentials = _credentials(registrar, body)
    outcome = services.set_nameservers(
        registrar=registrar,
        domain=body.domain,
        credentials=credentials,
        nameservers=body.nameservers,
        actor=str(request.user),
        request=request,
    )
    done = outcome.state is JobState.DONE
    answer = {
        "success": done,
        "state": outcome.state,
        "registrar": find(registrar).name,
        "domain": services.read_domain(body.domain).name,
        "nameservers": body.nameservers,
        "propagation": find(registrar).propagation,
        "job": {"id": outcome.job.id, "state": outcome.job.state} if outcome.job else None,
    }
    return Status(200 if done else 202, answer)


def _credentials(registrar: str, body: AskedIn) -> services.Credentials:
    """Missing things in the order of the earlier system: registrar, domain, token."""
    find(registrar)
    if not body.domain.strip():
        raise MissingDomain("Say which domain.", field="domain")
    if not body.token.strip() and not body.credentials:
        raise MissingToken("Send `credentials` by field, or `token`.", field="credentials")
    return services.credentials_of(registrar, fields=body.credentials, token=body.token)


def _shown(kind: type[services.Registrar]) -> dict[str, Any]:
    can = kind.capabilities
    return {
        "name": kind.name,
        "title": kind.title,
        "where": kind.where,
        "rights": list(kind.rights),
        "propagation": kind.propagation,
        "capabilities": {
            "asyncJob": can.async_job,
            "dsRecords": can.ds_records,
            "dsNeedsKey": can.ds_needs_key,
            "glueRequired": can.glue_required,
            "apexOnly": can.apex_only,
            "minNameservers": can.min_ns,
            "maxNameservers": can.max_ns,
        },
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "help": field.help,
                "secret": field.secret,
                "required": field.required,
                "choices": [{"value": value, "label": label} for value, label in field.choices],
            }
            for field in kind.fields
        ],
    }
