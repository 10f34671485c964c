"""The audit: no act without its row, and no row is ever changed."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.test import RequestFactory

from catalyst.audit.facts import fingerprint
from catalyst.audit.services import record
from catalyst.identity.models import Role
from catalyst.limits.services import forgive
from catalyst.models import AuditEvent, LeaseRow
from catalyst.vault.secret import Secret


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


CANARY = "hc-canary-" + "a1B2" * 16


@pytest.mark.django_db
def test_given_a_secret_in_the_facts_when_recorded_then_a_fingerprint_only() -> None:
    with transaction.atomic():
        record(
            actor="x",
            act="test.act",
            object="thing:1",
            before={"token": Secret(CANARY), "deep": [{"key": Secret("other")}]},
            after={"token": CANARY, "words": f"Authorization: Bearer {CANARY}", "set": {"b", "a"}},
        )
    row = AuditEvent.objects.get()
    assert CANARY not in str([row.before, row.after]) and "other" not in str(row.before)
    assert row.before["token"] == fingerprint(Secret(CANARY)) != fingerprint(Secret("other"))
    assert row.after["set"] == ["a", "b"]


@pytest.mark.django_db
def test_given_an_act_behind_a_page_when_it_names_no_request_then_who_and_where_are_kept(
    person, log_in
) -> None:
    """Services need not hand the request down: it is the one that is being answered."""
    user = person("a@example.com", Role.MEMBER, Role.SOVEREIGN_ADMIN)
    answer = log_in(user).post("/account/sessions/end-others/", REMOTE_ADDR="198.51.100.9")
    row = AuditEvent.objects.get(act="identity.end-sessions")
    assert (row.person, row.role) == (user.pk, "member,sovereign-admin")
    assert (row.address, row.request_id) == ("198.51.100.9", answer["X-Request-Id"])
    outside = write()
    assert (outside.person, outside.role, outside.request_id) == (None, "", "")


@pytest.mark.django_db
def test_given_a_role_that_does_not_pass_when_it_knocks_then_audited_but_not_without_end(
    person, log_in, monkeypatch
) -> None:
    from catalyst.limits import services
    from catalyst.limits.actions import Limit

    user = person("a@example.com", Role.MEMBER)
    monkeypatch.setitem(services.LIMITS, "refusal", Limit(2, 3600, "test"))
    forgive(action="refusal", key=f"person:{user.pk}")
    client = log_in(user)
    for path in ("/vouchers/", "/api/v1/service-tokens", "/organizations/"):
        assert client.get(path).status_code == 403
    rows = AuditEvent.objects.filter(act="identity.refused").order_by("pk")
    assert [row.after["predicate"] for row in rows] == ["voucher.manage", "operate"]
    assert rows[0].object == "address:vouchers"
    assert {row.person for row in rows} == {user.pk}
    forgive(action="refusal", key=f"person:{user.pk}")
