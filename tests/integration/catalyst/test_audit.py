"""The audit: no act without its row, and no row is ever changed."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.test import RequestFactory

from catalyst.audit.services import record
from catalyst.models import AuditEvent, LeaseRow


def write() -> AuditEvent:
    with transaction.atomic():
        return record(actor="x", act="test.act", object="thing:1", after={"a": 1})


@pytest.mark.django_db(transaction=True)
def test_given_no_transaction_when_recorded_then_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record(actor="x", act="test.act", object="thing:1")
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_given_a_row_when_changed_or_deleted_then_the_database_refuses(change: str) -> None:
    row = write()
    rows = AuditEvent.objects.filter(pk=row.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(actor="y") if change == "update" else rows.delete()
    assert rows.get().actor == "x"


@pytest.mark.django_db(transaction=True)
def test_given_an_act_that_fails_when_it_was_recorded_then_neither_is_there() -> None:
    def act() -> None:
        with transaction.atomic():
            write()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_given_an_audit_row_that_cannot_be_written_when_acting_then_the_act_does_not_happen() -> (
    None
):
    def act() -> None:
        with transaction.atomic():
            LeaseRow.objects.create(subject="act", expires_at="2099-01-01T00:00:00Z")
            record(actor="x" * 300, act="test.act", object="thing:1")

    with pytest.raises(DatabaseError):
        act()
    assert not LeaseRow.objects.filter(subject="act").exists()


@pytest.mark.django_db
def test_given_a_request_when_recorded_then_its_address_and_id_are_kept() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7")
    request.request_id = "11111111-2222-3333-4444-555555555555"
    row = record(actor="x", act="test.act", object="thing:1", request=request)
    assert (row.address, row.request_id) == ("198.51.100.7", request.request_id)
