"""Moves of customers' domains, followed by the real worker; time that must pass is skipped."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from dns.byo import services, worker
from dns.byo.models import DomainMove, MoveState
from dns.byo.services import MoveStatus, Panel
from tests.integration.dns.registrars.stage import OURS, Customer, Stage
from tests.integration.internet.running import until

TIMES = (
    "step_since", "ds_gone_at", "polling_at", "flipped_at", "left_at", "created_at",
)  # fmt: skip


def live(stage: Stage, way: str, *, quiet: bool = False, **more: Any) -> Customer:
    """A new customer whose domain is hosted; `quiet`: nobody uses it. Caches forget in a second."""
    more.setdefault("more", {"ttl": 1})
    customer = stage.customer(way, hosted=True, **more)
    if not quiet:
        stage.records(customer, *records_of(customer.registered))
    return customer


def records_of(domain: str) -> list[dict[str, Any]]:
    """What a live domain has: a web site and mail."""
    return [
        {"name": f"{domain}.", "type": "A", "contents": ["198.51.100.7"]},
        {"name": f"{domain}.", "type": "MX", "contents": [f"10 mx.{domain}."]},
        {"name": f"{domain}.", "type": "TXT", "contents": ['"v=spf1 -all"']},
        {"name": f"mx.{domain}.", "type": "A", "contents": ["198.51.100.8"]},
        {"name": f"www.{domain}.", "type": "CNAME", "contents": [f"{domain}."]},
    ]


def forget(move_id: uuid.UUID, seconds: float) -> None:
    """So many seconds have passed since everything that the row remembers."""
    passed = {name: F(name) - timedelta(seconds=seconds) for name in TIMES}
    DomainMove.objects.filter(pk=move_id).update(**passed)


@dataclass
class Moving:
    """One domain on its way."""

    stage: Stage
    customer: Customer
    move_id: uuid.UUID

    @property
    def status(self) -> MoveStatus:
        return services.status(move_id=self.move_id)

    @property
    def panel(self) -> Panel:
        return services.panel(move_id=self.move_id)

    @property
    def row(self) -> DomainMove:
        return DomainMove.objects.get(pk=self.move_id)

    def look(self, *, skip: float = 0) -> MoveStatus:
        """One look by the worker, which goes on as far as it can."""
        if skip:
            forget(self.move_id, skip)
        rows = DomainMove.objects.filter(pk=self.move_id, next_poll_at__isnull=False)
        rows.update(next_poll_at=Now())
        worker.follow(move_id=self.move_id)
        return self.status

    def until(self, *states: str, needs: str = "", step: str = "", skip: float = 0) -> MoveStatus:
        """Looks until it is in one of the states (and has the need, and is at the step)."""
        seen = []

        def there() -> MoveStatus | None:
            status = self.look(skip=skip)
            seen.append((status.state, status.step, status.words))
            asked = not needs or needs in self.panel.needs
            if status.state in states and asked and step in ("", status.step):
                return status
            if "failed" not in states:
                assert status.state != MoveState.FAILED, status.problem
            return None

        try:
            return until(there)
        except AssertionError as error:
            raise AssertionError(f"not {states}: {seen[-3:]}") from error

    def by_hand(self, **fields: Any) -> None:
        """The customer changes something at the registrar's own page."""
        self.stage.change(self.customer, **fields)

    def point_here(self) -> None:
        self.by_hand(nameservers=list(OURS))


def begin(
    stage: Stage,
    customer: Customer,
    *,
    mode: str = "manual",
    account: str = "user:1",
    owner: str = "",
    **more: Any,
) -> Moving:
    if mode == "registrar":
        more.setdefault("registrar", customer.registrar)
        more.setdefault("credentials", customer.credentials)
    owner = owner or f"deployment:{uuid.uuid4()}"
    move = services.begin(
        domain=customer.name,
        mode=mode,
        owner=owner,
        account=account,
        actor="test",
        idempotency_key=secrets.token_hex(8),
        **more,
    )
    return Moving(stage, customer, move.move_id)


def prove(moving: Moving) -> None:
    """The customer adds the TXT record that the panel asks for."""
    challenge = moving.panel.challenge
    assert challenge is not None
    moving.stage.prove(moving.customer, challenge)


def pending(stage: Stage, **more: str) -> Moving:
    """A quiet domain with a zone of ours that nobody is sent to yet."""
    moving = begin(stage, live(stage, "namecheap", quiet=True), **more)
    moving.until("preparing", needs="txt")
    prove(moving)
    moving.until("pending_flip", needs="ns")
    return moving


def here(stage: Stage, **more: str) -> Moving:
    """A quiet domain that its owner sent to us."""
    moving = pending(stage, **more)
    moving.point_here()
    moving.until("active")
    return moving


def brought(stage: Stage) -> Moving:
    """A quiet domain that its registrar sent to us; the parent has our DS."""
    moving = begin(stage, live(stage, "godaddy-v2", quiet=True), mode="registrar")
    moving.until("active")
    return moving
