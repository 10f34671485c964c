"""Figures of customers' own domains say what the rows say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dns.byo import figures
from dns.byo.models import DomainMove, Mode, MoveState
from dns.pools.selectors import database_now
from tests.integration.observability.test_figures import samples

pytestmark = pytest.mark.django_db


def move(fqdn: str, **fields: Any) -> DomainMove:
    fixed = {"registrable": fqdn, "account": "user:1", "owner": f"deployment:{fqdn}"}
    hashed = {"idempotency_key": fqdn, "acme_key_hash": "0" * 64, "challenge": "c"}
    return DomainMove.objects.create(fqdn=fqdn, mode=Mode.MANUAL, **fixed, **hashed, **fields)


def test_given_domains_when_counted_then_by_state_and_what_is_wrong_with_those_here() -> None:
    move("coming.example", state=MoveState.PROPAGATING, verdict="bogus")
    move("fine.example", state=MoveState.ACTIVE, verdict="right")
    move("ill.example", state=MoveState.ACTIVE, verdict="bogus")

    told = list(figures.domains())

    counts = samples(told, "domains")
    assert (counts["propagating",], counts["active",], counts["failed",]) == (1, 2, 0)
    # One on its way is not yet as it should be, and need not be.
    assert samples(told, "domain_troubles")["bogus",] == 1


def test_given_looks_that_are_due_then_the_longest_and_none_of_what_has_ended() -> None:
    now = database_now()
    move("later.example", next_poll_at=now + timedelta(hours=1))
    assert samples(figures.domains(), "domain_overdue_seconds")[()] == 0
    over = now - timedelta(hours=9)
    move("ended.example", state=MoveState.RELEASED, next_poll_at=over, ended_at=now)
    move("late.example", next_poll_at=now - timedelta(minutes=40))

    overdue = samples(figures.domains(), "domain_overdue_seconds")

    assert overdue[()] == pytest.approx(2400, abs=30)
