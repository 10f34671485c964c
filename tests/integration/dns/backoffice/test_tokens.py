"""Service tokens by the page: shown once, good at the API for what was chosen, revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from catalyst.audit.models import AuditEvent
from dns.pools.models import Pool
from dns.tokens.models import ServiceToken
from tests.integration.dns.asking import POOL
from tests.integration.dns.backoffice.test_names import words

pytestmark = pytest.mark.django_db
NEW = "/domains/tokens/new/"
GOOD = {
    "name": "crossplane", "scopes": ["check", "reserve"], "pools": [POOL],
    "networks": "127.0.0.0/8\n10.0.0.0/8", "days": "30", "idle_days": "7", "names_limit": "5",
}  # fmt: skip


def made(operator: Client, **changes: object) -> str:
    answer = operator.post(NEW, {**GOOD, **changes})
    assert answer.status_code == 201, words(answer)
    found = re.search(r"cdns_[A-Za-z0-9_-]{43}", answer.content.decode())
    assert found is not None
    return found[0]


def asked(token: str, sub: str = "free-name", address: str = "127.0.0.1") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"/api/v1/pool/{POOL}/check?sub={sub}"
    return Client(REMOTE_ADDR=address).get(url, headers=headers).status_code


def test_given_the_form_when_sent_then_the_token_works_as_chosen(
    operator: Client, pool: Pool
) -> None:
    token = made(operator)
    assert asked(token) == 200
    assert asked(token, address="192.0.2.1") == 403
    row = ServiceToken.objects.get()
    assert row.scopes == ["check", "reserve"] and row.pools == [POOL] and row.names_limit == 5
    assert row.networks == ["127.0.0.0/8", "10.0.0.0/8"]
    assert row.idle_limit == timedelta(days=7)
    assert row.expires_at - row.created_at == timedelta(days=30)
    page = words(operator.get("/domains/tokens/"))
    for text in ("crossplane", "Active", "check, reserve", f"under {POOL}", "10.0.0.0/8",
                 "up to 5 names", "ends after 7 days unused", "127.0.0.1"):  # fmt: skip
        assert text in page


def test_given_a_token_when_made_then_it_is_shown_once_and_rests_nowhere(
    operator: Client, pool: Pool
) -> None:
    token = made(operator)
    for url in ("/domains/tokens/", NEW):
        assert token not in operator.get(url).content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" row WHERE row::text LIKE %s',  # noqa: S608
                [f"%{token}%"],
            )
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": "Not Good"}, "name", "small letters"),
        ({"name": ""}, "name", "Name the program"),
        ({"scopes": []}, "scopes", "at least one"),
        ({"scopes": ["root"]}, "scopes", "not one of the available"),
        ({"pools": ["elsewhere.example"]}, "pools", "not one of the available"),
        ({"networks": "10.0.0.0/8 nonsense"}, "networks", "is no network"),
        ({"days": "0"}, "days", "greater than or equal"),
        ({"days": "9999"}, "days", "less than or equal"),
        ({"idle_days": "x"}, "idle_days", "whole number"),
    ],
)
def test_given_a_bad_value_when_sent_then_said_beside_the_field_and_the_rest_stays(
    operator: Client, pool: Pool, changes: dict[str, object], field: str, said: str
) -> None:
    answer = operator.post(NEW, {**GOOD, **changes})
    page = answer.content.decode()
    assert answer.status_code == 422 and not ServiceToken.objects.exists()
    (error,) = re.findall(rf'id="id_{field}-error">(.*?)</p>', page, re.DOTALL)
    assert said.lower() in error.lower()
    if "name" not in changes:
        assert 'value="crossplane"' in page
    if "scopes" not in changes:
        assert re.search(r'value="reserve" checked', page)
    if field == "networks":
        assert "10.0.0.0/8 nonsense" in page


def test_given_a_token_when_revoked_then_refused_from_the_next_request_on(
    operator: Client, pool: Pool
) -> None:
    token = made(operator)
    row = ServiceToken.objects.get()
    assert operator.post(f"/domains/tokens/{row.pk}/revoke/").status_code == 302
    assert asked(token) == 401
    page = words(operator.get("/domains/tokens/"))
    assert "Revoked" in page and "Revoke the token" not in page
    assert AuditEvent.objects.get(act="dns.token-revoked").actor.endswith("@example.com")


def test_given_ended_tokens_when_listed_then_each_says_why(operator: Client, pool: Pool) -> None:
    made(operator, name="old")
    made(operator, name="forgotten")
    ServiceToken.objects.filter(name="old").update(
        created_at=Now() - timedelta(days=40), expires_at=Now() - timedelta(days=1)
    )
    ServiceToken.objects.filter(name="forgotten").update(created_at=Now() - timedelta(days=8))
    page = words(operator.get("/domains/tokens/"))
    assert "old up to 5 names Expired" in page
    assert "forgotten up to 5 names Ended unused" in page


def test_given_no_token_when_opened_then_told_what_it_is_for(operator: Client) -> None:
    assert "No token yet" in words(operator.get("/domains/tokens/"))
