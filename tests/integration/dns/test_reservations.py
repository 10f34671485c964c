"""Who holds a name: replays, expiry, tokens, addresses. The database's clock decides."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.db.utils import DatabaseError, IntegrityError

from catalyst.models import AuditEvent
from catalyst.vault.secret import Secret
from catalyst.work.models import OutboxItem
from dns.names import NameReserved
from dns.pools import services
from dns.pools.models import Allocation, AllocationEvent, AllocationState
from dns.pools.problems import (
    AlreadyActive,
    IdempotencyMismatch,
    InvalidAddress,
    NameTaken,
    ReservationExpired,
    TokenMismatch,
    UnknownAllocation,
    UnknownPool,
)
from dns.pools.services import Reservation
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import commit

pytestmark = pytest.mark.django_db


def run_out(held: Reservation) -> None:
    """Let the reservation's time be over, by the clock of the database."""
    Allocation.objects.filter(pk=held.allocation_id).update(expires_at=Now() - timedelta(seconds=1))


def test_given_a_free_name_when_reserved_then_row_event_audit_and_promise_stand_together(
    reserve, label: str
) -> None:
    held = reserve()
    row = Allocation.objects.get(pk=held.allocation_id)
    assert (row.state, row.fqdn, row.generation) == ("reserved", f"{label}.{POOL}", 1)
    assert row.token_hash != held.token.reveal() and held.token.reveal() not in str(vars(row))
    assert row.events.get().kind == "reserved"
    assert AuditEvent.objects.filter(object=f"allocation:{row.pk}", act="dns.reserved").count() == 1
    assert OutboxItem.objects.filter(topic="dns.sync", key=str(row.pk)).count() == 1


def test_given_the_same_key_when_reserved_again_then_the_same_token_and_one_row(reserve) -> None:
    first, second = reserve(), reserve()
    assert (first.allocation_id, first.token) == (second.allocation_id, second.token)
    assert Allocation.objects.count() == 1


def test_given_the_same_key_when_another_name_is_asked_for_then_refused(reserve) -> None:
    reserve()
    with pytest.raises(IdempotencyMismatch):
        reserve(label="something-else")


def test_given_a_held_name_when_another_wants_it_then_taken_with_free_suggestions(
    reserve, label: str
) -> None:
    reserve()
    with pytest.raises(NameTaken) as refused:
        reserve(owner="deployment:2")
    assert refused.value.status == 409
    suggestions = refused.value.extra["suggestions"]
    assert suggestions and label not in suggestions
    said = services.check(pool=POOL, label=label)
    assert (said.available, said.reason) == (False, "reserved-state")
    assert all(services.check(pool=POOL, label=free).available for free in said.suggestions)


def test_given_reserved_unknown_or_odd_when_checked_then_said_without_raising(pool) -> None:
    assert services.check(pool=POOL, label="ＡＰＩ").reason == "reserved"
    assert services.check(pool=POOL, label="-").reason == "invalid-format"
    assert services.check(pool="example.com", label="omantel").reason == "unsupported-pool"
    with pytest.raises(NameReserved):
        services.reserve(pool=POOL, label="ＡＰＩ", owner="o", actor="test", idempotency_key="1")
    with pytest.raises(UnknownPool):
        services.reserve(
            pool="example.com", label="omantel", owner="o", actor="test", idempotency_key="1"
        )


def test_dns_t5_t6_given_an_overdue_reservation_when_another_takes_it_then_its_token_is_void(
    reserve, address: str
) -> None:
    old = reserve()
    run_out(old)
    new = reserve(owner="deployment:2")
    row = Allocation.objects.get(pk=new.allocation_id)
    assert (row.generation, row.owner) == (2, "deployment:2")
    for act in (
        lambda: commit(old, address),
        lambda: services.renew(allocation_id=old.allocation_id, token=old.token),
    ):
        with pytest.raises(ReservationExpired):
            act()
    services.release(allocation_id=old.allocation_id, token=old.token, actor="test")
    for act in (
        lambda: commit(Reservation(new.allocation_id, new.fqdn, old.token, None), address),
        lambda: services.release(allocation_id=new.allocation_id, token=old.token, actor="test"),
    ):
        with pytest.raises(TokenMismatch):
            act()
    row.refresh_from_db()
    assert row.state == AllocationState.RESERVED and row.events.count() == 1


def test_given_an_overdue_reservation_when_its_holder_is_late_then_gone_but_renewed_by_key(
    reserve, address: str
) -> None:
    held = reserve()
    run_out(held)
    with pytest.raises(ReservationExpired) as refused:
        commit(held, address)
    assert refused.value.status == 410
    again = reserve()
    assert (again.allocation_id, again.token) == (held.allocation_id, held.token)
    assert commit(again, address).state == "active"


def test_given_time_left_when_renewed_then_it_is_held_longer(reserve) -> None:
    held = reserve(ttl=timedelta(minutes=1))
    longer = services.renew(allocation_id=held.allocation_id, token=held.token)
    assert longer.expires_at > held.expires_at + timedelta(minutes=50)


def test_given_overdue_reservations_when_swept_then_only_they_are_released(reserve) -> None:
    overdue = reserve(label="sweep-overdue")
    kept = reserve(label="sweep-kept", idempotency_key="2")
    run_out(overdue)
    assert services.expire() == 1
    assert services.status(allocation_id=overdue.allocation_id).state == "releasing"
    assert services.status(allocation_id=kept.allocation_id).state == "reserved"


def test_given_a_commit_when_said_again_then_fine_and_with_another_address_refused(
    reserve, address: str
) -> None:
    held = reserve()
    first = commit(held, address)
    assert commit(held, address) == first
    with pytest.raises(AlreadyActive):
        commit(held, "88.99.1.2")
    with pytest.raises(AlreadyActive):
        commit(held, address, address_v6="2a01:4f8::1")


@pytest.mark.parametrize("bad", ["999.1.1.1", "10.0.0.1", "1.2.3.4\n*.evil A", "::1", ""])
def test_dns_t14_given_a_bad_address_when_committed_then_refused_and_the_row_stays(
    reserve, bad: str
) -> None:
    held = reserve()
    with pytest.raises(InvalidAddress):
        commit(held, bad)
    assert services.status(allocation_id=held.allocation_id).state == "reserved"


def test_given_a_wrong_token_or_id_when_used_then_refused(reserve, address: str) -> None:
    held = reserve()
    wrong = Reservation(held.allocation_id, held.fqdn, Secret("x" * 43), None)
    with pytest.raises(TokenMismatch):
        commit(wrong, address)
    with pytest.raises(UnknownAllocation):
        services.status(allocation_id=uuid.uuid4())


def test_given_two_rows_of_one_name_when_written_past_the_services_then_the_database_refuses(
    reserve,
) -> None:
    row = Allocation.objects.get(pk=reserve().allocation_id)
    row.pk, row.acme_username, row.owner = uuid.uuid4(), uuid.uuid4(), "other"
    with pytest.raises(IntegrityError, match="dns_allocation_one_holder"):
        row.save(force_insert=True)


def test_given_the_history_when_somebody_rewrites_it_then_the_database_refuses(reserve) -> None:
    reserve()
    with pytest.raises(DatabaseError, match="append-only"):
        AllocationEvent.objects.update(actor="nobody")
    assert connection.needs_rollback


def test_given_the_callers_transaction_when_it_fails_then_nothing_is_reserved(reserve) -> None:
    def wizard() -> None:
        with transaction.atomic():
            reserve()
            raise RuntimeError("the wizard changed its mind")

    with pytest.raises(RuntimeError):
        wizard()
    assert not Allocation.objects.exists()
    assert not OutboxItem.objects.exists()
