"""What a name says of itself, the same for both kinds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalyst.vault.secret import Secret
from dns.byo.values import Record
from dns.registrars.services import Credentials
from sovereign_wizard.provisioning.models import DomainMode


@dataclass(frozen=True, slots=True)
class NameWish:
    """Which name is wanted: `pool_domain` and `subdomain`, or `domain` and what its move needs.

    `acknowledgement`: the domain, typed by a person who lets its mail and web stop. `records` are
    brought along. `credentials` only for a move through the registrar. `contact` is told by mail
    when it takes days.
    """

    mode: str = DomainMode.POOL
    pool_domain: str = ""
    subdomain: str = ""
    domain: str = ""
    registrar: str = ""
    credentials: Credentials | None = None
    acknowledgement: str = ""
    records: Sequence[Record] = field(default=())
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A name that is held for a Deployment. `token` opens an allocation; a move has none."""

    fqdn: str
    allocation_id: uuid.UUID | None = None
    move_id: uuid.UUID | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`done`: the name servers are as asked. `words` say what is waited for, or what is done."""

    fqdn: str
    done: bool
    words: str
    seconds: float = 0.5
