"""The documents of `/api/v1/domains`."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import Field

from catalyst.api.shapes import Asked, Document
from dns.byo import services
from dns.byo.models import Mode

LONGEST_LIST = 40_000


class DomainAsked(Asked):
    domain: str = Field(max_length=1024, examples=["cloud.acme.com"])


class RegistrarKeys(Asked):
    """By field as `/registrars` says, or the earlier system's `token` with colons."""

    credentials: dict[str, str] = Field(default_factory=dict)
    token: str = Field("", max_length=2048)


class DomainBegin(DomainAsked, RegistrarKeys):
    mode: Mode
    registrar: str = Field("", max_length=40)
    acknowledgement: str = Field(
        "", max_length=1024, description="The domain's name: what does not come along may stop."
    )
    records: str = Field(
        "", max_length=LONGEST_LIST, description="One a line, as in a zone file; they come along."
    )
    contact: str = Field("", max_length=254, description="E-mail: told when it takes days.")


class DomainRestore(RegistrarKeys):
    confirm: str = Field(max_length=1024, description="The domain's name.")


class DomainResume(RegistrarKeys):
    acknowledgement: str = Field("", max_length=1024)
    records: str | None = Field(None, max_length=LONGEST_LIST)


class RecordShown(Document):
    name: str
    kind: str
    ttl: int
    contents: list[str]


class FindingShown(Document):
    kind: str
    level: str
    text: str


class RegistrationShown(Document):
    known: bool
    registrar: str
    locks: list[str]
    expires_at: datetime | None


class DomainLooked(Document):
    """How a domain is now. `records` is what would stop unless it comes along."""

    fqdn: str
    display: str
    registrable: str
    parent: str
    nameservers: list[str]
    ds: list[str]
    records: list[RecordShown]
    registration: RegistrationShown
    findings: list[FindingShown]
    has_mail: bool
    needs_acknowledgement: bool
    recommended: str
    conflict: str
    unanswered: list[str]


class DomainStatus(Document):
    """`delegated`: the parent names us and the world follows. `words` is one plain sentence."""

    id: uuid.UUID
    fqdn: str
    mode: str
    registrar: str
    state: str
    step: str
    words: str
    verdict: str
    delegated: bool
    settled: bool
    failed: bool
    parked: bool
    gone: bool
    problem: dict[str, Any]
    next_poll_at: datetime | None
    owner: str


class ServerSaid(Document):
    server: str
    address: str
    answer: list[str]
    ttl: int | None
    at: datetime
    expires_at: datetime | None
    ok: bool
    problem: str


class InstructionShown(Document):
    kind: str
    title: str
    name: str
    values: list[str]
    steps: list[str]


class DomainPanel(DomainStatus):
    """And everything the page shows. `ds` is empty until it may be published."""

    servers_of_parent: list[ServerSaid]
    our_servers: list[ServerSaid]
    resolvers: list[ServerSaid]
    nameservers: list[str]
    ds: list[str]
    needs: list[str]
    instructions: list[InstructionShown]
    can_check: bool
    can_resume: bool
    can_restore: bool
    wants_credentials: bool
    age_hours: int
    late: str
    mixed: bool


def status_shown(found: services.MoveStatus) -> DomainStatus:
    values = asdict(found)
    return DomainStatus(
        id=found.move_id,
        **{name: values[name] for name in DomainStatus.model_fields if name != "id"},
    )


def panel_shown(found: services.Panel) -> DomainPanel:
    values = _lists(asdict(found))
    own = ("id", "servers_of_parent", "our_servers")
    return DomainPanel(
        **status_shown(found.status).model_dump(),
        servers_of_parent=values["parent"],
        our_servers=values["ours"],
        **{
            name: values[name]
            for name in DomainPanel.model_fields
            if name in values and name not in own and name not in DomainStatus.model_fields
        },
    )


def _lists(values: Any) -> Any:
    """Tuples as JSON has them."""
    if isinstance(values, dict):
        return {key: _lists(value) for key, value in values.items()}
    return [_lists(one) for one in values] if isinstance(values, (list, tuple)) else values


def looked(seen: services.Look) -> DomainLooked:
    return DomainLooked(
        fqdn=seen.fqdn,
        display=seen.display,
        registrable=seen.domain.registrable,
        parent=seen.parent,
        nameservers=list(seen.nameservers),
        ds=list(seen.ds),
        records=[
            RecordShown(name=one.name, kind=one.kind, ttl=one.ttl, contents=list(one.contents))
            for one in seen.records
        ],
        registration=RegistrationShown(**_lists(asdict(seen.registration))),
        findings=[FindingShown(**asdict(one)) for one in seen.findings],
        has_mail=seen.has_mail,
        needs_acknowledgement=seen.needs_acknowledgement,
        recommended=seen.recommended,
        conflict=seen.conflict,
        unanswered=list(seen.unanswered),
    )
