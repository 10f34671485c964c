"""What a Deployment's page says of its names: who answers for them, and with which certificate.

Read from rows: nobody is asked, so the page opens whatever is away.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from catalyst.language.words import lazy
from dns.byo import services as byo
from dns.byo import shown as byo_shown
from dns.pools import services as names
from dns.pools.values import AllocationStatus
from dns.powerdns.zone import HOSTS
from sovereign_wizard.provisioning.models import Deployment

# How far the zone must be for each of these to be true.
ORDER = ("pending", "zone", "signed", "delegated", "published")
STEPS = (
    ("zone", lazy("Zone"), lazy("stands on our name servers")),
    ("signed", lazy("Signature"), lazy("every answer is signed (DNSSEC)")),
    (
        "delegated",
        lazy("Delegation and DS"),
        lazy("the parent sends people to us and vouches for our key"),
    ),
    ("published", lazy("Addresses"), lazy("the names lead to the Sovereign")),
)


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """As the `tls` phase saw it. `until` None: it cannot be read."""

    host: str
    issuer: str
    protocol: str
    until: datetime | None
    until_words: str


@dataclass(frozen=True, slots=True)
class Domain:
    """`status` is None for a domain of one's own: its panel says it."""

    hosts: tuple[str, ...]
    status: AllocationStatus | None
    steps: tuple[Step, ...]
    certificates: tuple[Certificate, ...]

    @property
    def version(self) -> list[object]:
        phase = self.status and (self.status.state, self.status.dns_phase, self.status.last_error)
        return [phase, [one.host for one in self.certificates]]


def of(deployment: Deployment) -> Domain:
    status = None
    if deployment.allocation_id is not None:
        status = names.status(allocation_id=deployment.allocation_id)
    return Domain(
        hosts=tuple(deployment.fqdn if h == "@" else f"{h}.{deployment.fqdn}" for h in HOSTS),
        status=status,
        steps=_steps(status) if status else (),
        certificates=tuple(
            _certificate(host, seen) for host, seen in (deployment.facts.get("tls") or {}).items()
        ),
    )


def move_of(deployment: Deployment) -> dict[str, Any]:
    """How far a domain of its own is on its way; nothing for a name under a pool."""
    if deployment.move_id is None:
        return {}
    panel = byo.panel(move_id=deployment.move_id)
    return {**byo_shown.context(panel), "next": reverse("deployment", args=[deployment.pk])}


def _steps(status: AllocationStatus) -> tuple[Step, ...]:
    if status.dns_phase not in ORDER:  # it is taken down, or gone
        return tuple(Step(title, words, "released") for _, title, words in STEPS)
    at = ORDER.index(status.dns_phase)
    return tuple(
        Step(title, words, "done" if at >= ORDER.index(phase) else "pending")
        for phase, title, words in STEPS
    )


def _certificate(host: str, seen: dict[str, Any]) -> Certificate:
    words = str(seen.get("not_after", ""))
    return Certificate(
        host, str(seen.get("issuer", "")), str(seen.get("protocol", "")), _moment(words), words
    )


def _moment(text: str) -> datetime | None:
    """`Feb 23 10:00:00 2027 GMT`, as a handshake shows it."""
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except ValueError:
        return None
