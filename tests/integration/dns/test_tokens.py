"""Service tokens: hashed, scoped, bound to networks and pools, ending by age, idleness or hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from catalyst.problem import Invalid
from dns.pools.models import Allocation
from dns.tokens import services
from dns.tokens.models import Scope, ServiceToken
from dns.tokens.values import Issued
from tests.integration.dns.asking import POOL

pytestmark = pytest.mark.django_db


def issue(**changes: Any) -> Issued:
    values = {
        "name": "crossplane",
        "scopes": list(Scope.values),
        "actor": "operator",
        "life": timedelta(days=1),
    }
    return services.issue(**{**values, **changes})


def call(
    token: Issued, method: str, path: str, *, where: str = "127.0.0.1", **body: Any
) -> tuple[int, dict[str, Any]]:
    answer = Client(enforce_csrf_checks=True).generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body) if body else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token.secret.reveal()}", "Prefer": "respond-async"},
        REMOTE_ADDR=where,
    )
    return answer.status_code, answer.json() if answer.content else {}


def check(token: Issued, **options: Any) -> tuple[int, str]:
    status, answer = call(token, "GET", f"pool/{POOL}/check?sub=omantel", **options)
    return status, answer.get("type", "")


def test_given_a_token_when_used_again_within_a_minute_then_nothing_is_written() -> None:
    issued = issue()

    def updates() -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            services.authenticate(secret=issued.secret, address="192.0.2.1")
        return [one["sql"] for one in asked.captured_queries if one["sql"].startswith("UPDATE")]

    assert len(updates()) == 1
    assert updates() == []
    ServiceToken.objects.update(last_used_at=Now() - timedelta(minutes=2))
    assert len(updates()) == 1


def test_given_a_token_when_issued_then_it_is_nowhere_but_in_the_answer() -> None:
    issued = issue()
    with connection.cursor() as cursor:
        for table in ("dns_service_token", "audit_event"):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s",  # noqa: S608
                [f"%{issued.secret.reveal()}%"],
            )
            assert cursor.fetchone() == (0,)
    assert issued.secret.reveal().startswith("cdns_") and issued.secret.reveal() not in str(issued)
    assert AuditEvent.objects.filter(act="dns.token-issued", actor="operator").count() == 1


def test_given_a_good_token_when_used_then_without_session_or_csrf_and_its_use_is_seen(
    label: str, address: str
) -> None:
    issued = issue()
    status, made = call(issued, "POST", f"pool/{POOL}/reserve", subdomain=label)
    assert (status, made["owner"], made["createdBy"]) == (201, *["service:crossplane"] * 2)
    row = ServiceToken.objects.get()
    assert row.last_used_at is not None and row.last_used_from == "127.0.0.1"
    held = {"subdomain": label, "reservationToken": made["reservationToken"]}
    assert call(issued, "POST", f"pool/{POOL}/commit", **held, loadBalancerIP=address)[0] == 202
    listed = call(issued, "GET", f"pool/{POOL}/list")[1]
    assert made["reservationToken"] not in json.dumps(listed)
    assert "eservationToken" not in json.dumps(listed)
    assert call(issued, "DELETE", f"pool/{POOL}/release?sub={label}")[0] == 202
    assert ServiceToken.objects.get().last_used_at == row.last_used_at  # once a minute


@pytest.mark.parametrize("scope", list(Scope))
def test_given_one_scope_when_everything_is_tried_then_only_its_own_is_let_through(
    scope: Scope, label: str, address: str
) -> None:
    issued = issue(scopes=[scope])
    name = {"subdomain": label, "reservationToken": "x"}
    tried = {
        Scope.CHECK: [call(issued, "GET", f"pool/{POOL}/check?sub={label}"),
                      call(issued, "GET", "reserved"), call(issued, "GET", "pool/healthz"),
                      call(issued, "POST", "validate", poolDomain=POOL, subdomain=label)],
        Scope.RESERVE: [call(issued, "POST", f"pool/{POOL}/renew", **name),
                        call(issued, "POST", "reserve", poolDomain=POOL, subdomain=label)],
        Scope.COMMIT: [call(issued, "POST", f"pool/{POOL}/commit", **name, loadBalancerIP=address),
                       call(issued, "POST", "commit", poolDomain=POOL, **name)],
        Scope.RELEASE: [call(issued, "DELETE", f"pool/{POOL}/release", **name)],
        Scope.LIST: [call(issued, "GET", f"pool/{POOL}/list"),
                     call(issued, "GET", f"pool/{POOL}/events?sub={label}")],
        Scope.WORDS: [call(issued, "POST", "reserved", word="lion", reason="why"),
                      call(issued, "DELETE", "reserved/lion")],
    }  # fmt: skip
    for each, answers in tried.items():
        for status, answer in answers:
            refused = (status, answer.get("type")) == (403, "missing-scope")
            assert refused == (each != scope), (each, status, answer)


def test_given_a_token_when_it_is_over_idle_revoked_or_made_up_then_401_and_no_more_words() -> None:
    for fields in (
        {"expires_at": Now() - timedelta(seconds=1), "created_at": Now() - timedelta(days=2)},
        {"last_used_at": Now() - timedelta(days=3), "idle_limit": timedelta(days=2)},
        {
            "created_at": Now() - timedelta(days=3),
            "last_used_at": None,
            "idle_limit": timedelta(days=2),
        },
        {"revoked_at": Now()},
    ):
        issued = issue()
        assert check(issued) == (200, "")
        ServiceToken.objects.filter(pk=issued.id).update(**fields)
        assert check(issued) == (401, "invalid-token"), fields
    made_up = issue()
    ServiceToken.objects.all().delete()
    assert check(made_up) == (401, "invalid-token")


def test_given_networks_when_used_from_elsewhere_then_refused() -> None:
    issued = issue(networks=["10.0.0.0/8", "2a01:4f8::/32"])
    assert check(issued, where="10.1.2.3") == (200, "")
    assert check(issued, where="2a01:4f8::1") == (200, "")
    assert check(issued, where="::ffff:10.1.2.3") == (200, "")
    for where in ("11.0.0.1", "2a01:4f9::1", "127.0.0.1"):
        assert check(issued, where=where) == (403, "wrong-network")
    assert ServiceToken.objects.get().last_used_from in ("10.1.2.3", "2a01:4f8::1")


def test_given_pools_when_another_is_asked_for_then_refused(pool: object, label: str) -> None:
    issued = issue(pools=["omani.trade"])
    for method, path, body in (
        ("GET", f"pool/{POOL}/list", {}),
        ("POST", f"pool/{POOL}/reserve", {"subdomain": label}),
        ("POST", "reserve", {"poolDomain": f"{POOL.upper()}.", "subdomain": label}),
    ):
        assert call(issued, method, path, **body)[1]["type"] == "missing-scope"


def test_given_another_programs_name_when_released_or_committed_then_refused(
    label: str, address: str
) -> None:
    mine, other = issue(), issue(name="other")
    made = call(mine, "POST", f"pool/{POOL}/reserve", subdomain=label, createdBy="claim/1")[1]
    for token, extra in (
        (other, {}),
        (other, {"createdBy": "claim/1"}),
        (mine, {"createdBy": "claim/2"}),
        (mine, {}),
    ):
        status, answer = call(token, "DELETE", f"pool/{POOL}/release", subdomain=label, **extra)
        assert (status, answer["error"]) == (403, "token-mismatch")
    wrong = {"subdomain": label, "reservationToken": "x", "loadBalancerIP": address}
    assert call(other, "POST", f"pool/{POOL}/commit", **wrong)[0] == 403
    assert Allocation.objects.get().state == "reserved"
    own = {"subdomain": label, "createdBy": "claim/1"}
    assert call(mine, "DELETE", f"pool/{POOL}/release", **own)[0] == 202
    assert made["createdBy"] == "claim/1"


def test_given_a_limit_of_names_when_reached_then_409(label: str) -> None:
    issued = issue(names_limit=1)
    assert call(issued, "POST", f"pool/{POOL}/reserve", subdomain=label)[0] == 201
    status, answer = call(issued, "POST", f"pool/{POOL}/reserve", subdomain=f"{label}-2")
    assert (status, answer["type"], answer["limit"]) == (409, "over-limit", 1)


def test_given_the_api_when_tokens_are_managed_then_by_operators_in_person_only(
    operator: Client, log_in: Callable[..., Client]
) -> None:
    body = {"name": "ci", "scopes": ["check"], "networks": ["127.0.0.0/8"], "days": 3}
    path = "/api/v1/service-tokens"
    answer = operator.post(path, body, content_type="application/json")
    assert answer.status_code == 201
    issued = Issued(answer.json()["id"], "ci", services.Secret(answer.json()["token"]), None)
    assert check(issued) == (200, "")
    listed = operator.get(path).json()
    assert [row["name"] for row in listed] == ["ci"]
    assert issued.secret.reveal() not in str(listed)
    for method in ("GET", "POST"):
        assert call(issued, method, "service-tokens", **body)[0] in (401, 403)
    assert ServiceToken.objects.count() == 1
    member = log_in(Role.MEMBER)
    assert member.post(path, body, content_type="application/json").status_code == 403
    assert member.get(path).status_code == 403
    assert operator.delete(f"{path}/{issued.id}").status_code == 204
    assert operator.delete(f"{path}/{issued.id}").status_code == 204
    assert AuditEvent.objects.filter(act="dns.token-revoked").count() == 1
    assert check(issued) == (401, "invalid-token")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Not A Slug"),
        ("name", ""),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("life", timedelta(0)),
        ("life", timedelta(days=367)),
        ("networks", ["10.0.0.1/8"]),
        ("idle_limit", timedelta(0)),
    ],
)
def test_given_odd_wishes_when_issued_then_refused_beside_the_field(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        issue(**{field: value})
    assert refused.value.extra["field"] == field
