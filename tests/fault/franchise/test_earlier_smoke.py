"""The earlier smoke (issue → list → preview → revoke), by a plain HTTP client at Daphne."""

from __future__ import annotations

import re

import httpx
import pytest
from django.conf import settings

from catalyst.identity.models import Role
from catalyst.identity.services import make_user
from catalyst.vault.secret import Secret
from tests.fault.catalyst.log_server import server

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, PASSWORD = "seller@omantel.example", "a long enough password 4711"
CODE = "OMANTEL-SMOKE-2026"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_given_the_earlier_smoke_when_run_over_http_then_it_passes(prefix: str) -> None:
    make_user(email=EMAIL, roles=[Role.SOVEREIGN_ADMIN], password=Secret(PASSWORD), actor="test")
    base = f"{prefix}/billing/vouchers"
    with server() as there:
        options = {"base_url": there.site, "timeout": 60, "trust_env": False}
        with httpx.Client(**options) as admin, httpx.Client(**options) as anybody:
            token = logged_in(admin)
            issued = admin.post(
                f"{base}/issue",
                json={"code": CODE, "credit_omr": 100, "description": "Smoke",
                      "active": True, "max_redemptions": 5},
                headers=token,
            )  # fmt: skip
            assert (issued.status_code, issued.json()["code"]) == (200, CODE)

            listed = admin.get(f"{base}/list").json()
            assert [(one["code"], one["credit_omr"]) for one in listed] == [(CODE, 100)]

            seen = anybody.post(f"{base}/redeem-preview", json={"code": CODE.lower()})
            assert seen.status_code == 200
            assert (seen.json()["credit_omr"], seen.json()["accepting_redemptions"]) == (100, True)

            gone = admin.delete(f"{base}/revoke/{CODE}", headers=token)
            assert (gone.status_code, gone.json()) == (200, {"ok": True})
            assert anybody.post(f"{base}/redeem-preview", json={"code": CODE}).status_code == 404
            assert admin.delete(f"{base}/revoke/{CODE}", headers=token).status_code == 404
            assert anybody.get(f"{base}/list").status_code == 401


def logged_in(client: httpx.Client) -> dict[str, str]:
    """Logs in as a browser does; returns what a write has to carry."""
    page = client.get("/login/").text
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert field
    form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": field[1]}
    answer = client.post("/login/", data=form, headers={"Referer": str(client.base_url)})
    assert answer.status_code == 302, answer.text
    return {"X-CSRFToken": client.cookies[settings.CSRF_COOKIE_NAME]}
