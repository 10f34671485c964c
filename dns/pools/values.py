"""What the services of this room answer with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from catalyst.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class Availability:
    """Advice, not a promise: only `reserve` decides.

    `reason` is empty when available, else `invalid-format`, `reserved`, `unsupported-pool`,
    `reserved-state`, `active-state`, `releasing-state` or `quarantined`; `detail` is for people.
    """

    available: bool
    reason: str
    detail: str
    fqdn: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reservation:
    """A held name. `expires_at` is None once it is active."""

    allocation_id: uuid.UUID
    fqdn: str
    token: Secret
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a name is said to belong to, when no token is shown: both have to be as at the reserve.

    `created_by` tells an owner's Deployments apart: none may free a later one's name.
    """

    owner: str
    created_by: str


@dataclass(frozen=True, slots=True)
class AllocationStatus:
    """`state` is what was asked for, `dns_phase` how far the name servers are.

    `settled`: the name servers are as asked. `last_error` is `<type>: <text>` while attempts fail.
    """

    allocation_id: uuid.UUID
    fqdn: str
    state: str
    dns_phase: str
    settled: bool
    owner: str
    address_v4: str | None
    address_v6: str | None
    expires_at: datetime | None
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class AcmeAccount:
    """Credentials of the acme-dns protocol that may write one zone's `_acme-challenge` only."""

    username: str
    subdomain: str
    key: Secret
