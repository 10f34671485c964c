"""The application's own database role may add to the audit and nothing else (check 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from catalyst.audit.role import APPEND_ONLY, append_only
from catalyst.audit.sealing import seal, verify
from catalyst.identity.models import Role, User
from catalyst.identity.services import make_user
from catalyst.models import AuditEvent, AuditSeal
from catalyst.vault.secret import Secret
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations.models import Organization
from tests.integration.catalyst.audit.conftest import connected_as

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"
FORBIDDEN = [
    "UPDATE audit_event SET actor = 'y'",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event CASCADE",
    "UPDATE audit_seal SET hash = 'y'",
    "DELETE FROM audit_seal",
    "TRUNCATE audit_seal",
    "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "DROP TABLE audit_event CASCADE",
    "DROP TRIGGER audit_event_append_only ON audit_event",
    "UPDATE django_migrations SET app = 'y'",
    # Tables that apps name (`append_only` on their AppConfig).
    *(
        statement.format(table)
        for table in append_only()
        if table not in APPEND_ONLY
        for statement in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE")
    ),
]


@pytest.fixture
def app(app_role: tuple[str, str]) -> Iterator[str]:
    call_command("audit", "grant", app_role[0], verbosity=0)
    with connected_as(app_role):
        yield app_role[0]


def test_given_the_applications_role_when_acting_and_sealing_then_all_works(app: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (app, app)
    make_user(email="a@example.com", roles=[Role.MEMBER], password=Secret(PASSWORD), actor="test")
    client = Client()
    assert (
        client.post("/login/", {"username": "a@example.com", "password": PASSWORD}).status_code
        == 302
    )
    assert client.get("/account/sessions/").status_code == 200
    assert seal() >= 2
    assert verify().whole


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_given_the_applications_role_when_it_would_change_the_audit_then_the_database_refuses(
    app: str, act: Callable[..., AuditEvent], statement: str
) -> None:
    act()
    seal()
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert (AuditEvent.objects.count(), AuditSeal.objects.count()) == (1, 1)


def test_given_apps_when_they_name_tables_then_the_ledger_is_among_them() -> None:
    assert {"franchise_ledger_transaction", "franchise_ledger_entry"} <= set(append_only())


def test_given_the_applications_role_when_it_gives_and_spends_credit_then_all_works(
    app: str,
) -> None:
    """The book is only added to, and what is locked beside it may be."""
    organization = Organization.objects.create(
        slug="acme", name="Acme", owner_email="a@example.com"
    )
    with transaction.atomic():
        ledger.grant(
            organization_id=organization.pk, amount=Money(900, "OMR"), category="paid",
            source="test:1", actor="test",
        )  # fmt: skip
        ledger.spend(
            organization_id=organization.pk, amount=Money(500, "OMR"), source="order:1",
            actor="test",
        )  # fmt: skip
        ledger.refund(source="order:1", refund_source="refund:1", actor="test")
    assert ledger.check() == []


def test_given_an_audit_that_cannot_be_written_when_acting_on_a_page_then_nothing_is_done(
    app: str, app_role: tuple[str, str]
) -> None:
    make_user(email="a@example.com", roles=[Role.MEMBER], password=Secret(PASSWORD), actor="test")
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get())
    kept = dict(connection.settings_dict)
    # The disk of the audit is full, say: the owner takes the right to add away.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "USER", OWNER["USER"])
        patch.setitem(connection.settings_dict, "PASSWORD", OWNER["PASSWORD"])
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(f'REVOKE INSERT ON audit_event FROM "{app}"')
        connection.close()
    assert connection.settings_dict["USER"] == kept["USER"] == app
    new = "another horse battery"
    answer = client.post("/account/password/", {"password": new, "again": new})
    assert answer.status_code == 500
    user = User.objects.get()
    assert user.check_password(PASSWORD) and not user.check_password(new)


OWNER = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
