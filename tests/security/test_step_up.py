"""Check 3 (peers.md §5.2): acts without a way back, and shown secrets, want a proof of now."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import Role, User
from catalyst.identity.step_up import PROVED_AT, RECENT, TYPED
from catalyst.models import AuditEvent
from sovereign_wizard.provisioning.models import Deployment, State
from tests.security.issuer import Issuer
from tests.security.test_web_surface import TARGETS
from tests.security.things import client_of, deployment_of
from tests.security.things import late as outdated

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LONG_AGO = int(RECENT.total_seconds()) + 60


def age(client: Client) -> None:
    """As if this person had proved who they are longer ago than counts."""
    then = (timezone.now() - RECENT - timedelta(seconds=1)).isoformat()
    session = client.session
    session[PROVED_AT] = then
    session.save()


@pytest.fixture
def owner(person, settings) -> User:
    fast = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [fast, *settings.PASSWORD_HASHERS]
    made = person("owner@example.com", Role.MEMBER)
    made.set_password(PASSWORD)
    made.save()
    return made


def failed(deployment: Deployment) -> Deployment:
    """May be destroyed."""
    deployment.runs.update(finished_at=timezone.now())
    Deployment.objects.filter(pk=deployment.pk).update(state=State.FAILED)
    return deployment


@pytest.fixture
def deployment(owner: User) -> Deployment:
    found = deployment_of(owner)
    return failed(found)


@pytest.fixture
def late(owner: User) -> Client:
    client = client_of(owner)
    age(client)
    return client


def place(deployment: Deployment, act: str = "destroy") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{act}/"


def is_untouched(deployment: Deployment) -> bool:
    deployment.refresh_from_db()
    return deployment.state == State.FAILED


def confirm(client: Client, there: str, password: str) -> Any:
    back = parse_qs(urlsplit(there).query)["next"][0]
    return client.post("/account/confirm/", {"password": password, "next": back})


PAGES = ("destroy", "kubeconfig", "passphrase", "remove", "destroy-token", "first-admin")
API = (("POST", "destroy"), ("GET", "kubeconfig"), ("GET", "first-admin"))


def test_03_given_a_proof_of_long_ago_when_acting_on_a_page_then_asked_first_and_nothing_done(
    deployment: Deployment, late: Client
) -> None:
    body = {"confirm_fqdn": deployment.fqdn}
    for act in PAGES:
        answer = late.post(place(deployment, act), body)
        assert answer["Location"].startswith("/account/confirm/?next="), act
        assert is_untouched(deployment)


@pytest.mark.parametrize(("method", "act"), API)
def test_03_given_a_proof_of_long_ago_when_a_program_acts_then_401_says_what_is_missing(
    deployment: Deployment, late: Client, method: str, act: str
) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    where = f"/api/v1/deployments/{deployment.pk}/{act}"
    wish = json.dumps({"confirmFQDN": deployment.fqdn})
    answer = late.generic(method, where, wish, "application/json", headers=key)
    assert (answer.status_code, answer.json()["type"]) == (401, "step-up-required")
    assert 'error="insufficient_user_authentication"' in answer["WWW-Authenticate"]
    assert "max_age=300" in answer["WWW-Authenticate"] and is_untouched(deployment)
    assert confirm(late, "?next=/", PASSWORD).status_code == 302
    again = late.generic(method, where, wish, "application/json", headers=key)
    assert again.status_code in (202, 409)  # the refusal is not kept as the answer of that key


def test_03_given_a_proof_of_now_when_destroying_then_not_asked(
    deployment: Deployment, owner: User
) -> None:
    client = client_of(owner)
    assert client.get(place(deployment)).status_code == 200
    body = {"confirm_fqdn": deployment.fqdn}
    assert client.post(place(deployment), body)["Location"].endswith(f"/{deployment.pk}/")
    assert not is_untouched(deployment)


def test_03_given_a_password_when_proved_then_back_with_what_was_typed_but_no_secret(
    deployment: Deployment, late: Client, owner: User
) -> None:
    before = late.session.session_key
    typed = {"confirm_fqdn": deployment.fqdn, "hetzner_token": "canary-token"}
    asked = late.post(
        place(deployment), typed, headers={"Referer": f"http://testserver{place(deployment)}"}
    )
    assert "canary" not in str(late.session[TYPED])
    assert "cannot be undone" in late.get(asked["Location"]).text
    wrong = confirm(late, asked["Location"], "not the password")
    assert wrong.status_code == 422 and "not your password" in wrong.text
    assert 'value="not the password"' not in wrong.text
    assert late.get(place(deployment)).status_code == 302
    right = confirm(late, asked["Location"], PASSWORD)
    assert right["Location"] == place(deployment)
    assert late.session.session_key != before
    assert f'value="{deployment.fqdn}"' in late.get(place(deployment)).text
    assert f'value="{deployment.fqdn}"' not in late.get(place(deployment)).text  # once
    assert AuditEvent.objects.filter(act="identity.proved-again").count() == 1


def test_03_given_htmx_when_asked_for_a_proof_then_the_whole_page_goes(
    deployment: Deployment, late: Client
) -> None:
    current = f"http://testserver{place(deployment)}"
    headers = {"HX-Request": "true", "HX-Current-URL": current}
    answer = late.post(place(deployment), headers=headers)
    assert answer.status_code == 401
    assert parse_qs(urlsplit(answer["HX-Redirect"]).query) == {"next": [place(deployment)]}


@pytest.mark.parametrize("target", TARGETS)
def test_03_given_a_foreign_return_address_when_proved_then_home(late: Client, target: str) -> None:
    answer = late.post("/account/confirm/", {"password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/") and "evil" not in answer["Location"]


def test_03_given_many_wrong_passwords_when_proving_then_429(late: Client, lower) -> None:
    lower("log-in", 10)
    found = [
        late.post("/account/confirm/", {"password": "x", "next": "/"}).status_code
        for _ in range(11)
    ]
    assert found == [422] * 10 + [429]


# --- at the issuer -------------------------------------------------------------------------------


@pytest.fixture
def at_issuer(enter) -> Client:
    """Single sign-on: in without typing anything, an hour after the last password."""
    client = Client()
    enter(client, auth_time=int(time.time()) - 3600)
    return client


@pytest.fixture
def theirs(at_issuer: Client, issuer: Issuer) -> Deployment:
    found = deployment_of(User.objects.get(subject=issuer.person["sub"]))
    return failed(found)


def sent(client: Client, deployment: Deployment) -> str:
    """Over our own two redirects to the issuer."""
    confirm = client.get(place(deployment))["Location"]
    begin = client.get(confirm)["Location"]
    return str(client.get(begin)["Location"])


def test_03_given_single_sign_on_of_long_ago_when_destroying_then_a_new_log_in_is_asked_for(
    issuer: Issuer, at_issuer: Client, theirs: Deployment
) -> None:
    there = sent(at_issuer, theirs)
    asked = parse_qs(urlsplit(there).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    before = at_issuer.session.session_key
    answer = at_issuer.get("/oidc/callback/", issuer.approve(there))
    assert answer["Location"] == place(theirs)
    assert at_issuer.get(place(theirs)).status_code == 200
    assert at_issuer.session.session_key != before
    assert AuditEvent.objects.filter(act="identity.proved-again").count() == 1


@pytest.mark.parametrize("changes", [
    {"auth_time": lambda: int(time.time()) - LONG_AGO},
    {"auth_time": lambda: None},
    {"auth_time": lambda: str(int(time.time()))},
    {"auth_time": lambda: int(time.time()) + 3600},
    {"sub": lambda: "somebody-else"},
])  # fmt: skip
def test_03_given_a_proof_that_is_none_when_back_then_refused_and_still_who_one_was(
    issuer: Issuer, at_issuer: Client, theirs: Deployment, changes: dict[str, Any]
) -> None:
    there = sent(at_issuer, theirs)
    made = {name: value() for name, value in changes.items()}
    answer = at_issuer.get("/oidc/callback/", issuer.approve(there, **made))
    assert answer.status_code == 403
    assert at_issuer.get("/account/sessions/").status_code == 200
    assert at_issuer.get(place(theirs)).status_code == 302  # asked again
    assert at_issuer.session["_auth_user_id"] == str(theirs.owner_id)


def test_03_given_a_proof_that_is_given_up_when_back_then_still_logged_in(
    issuer: Issuer, at_issuer: Client, theirs: Deployment
) -> None:
    state = issuer.approve(sent(at_issuer, theirs))["state"]
    back = {"error": "access_denied", "state": state, "iss": issuer.url}
    assert at_issuer.get("/oidc/callback/", back).status_code == 403
    assert at_issuer.get("/account/sessions/").status_code == 200


def test_03_given_an_ordinary_log_in_when_it_renews_then_that_proves_nothing_anew(
    issuer: Issuer, at_issuer: Client, theirs: Deployment
) -> None:
    outdated(at_issuer)
    assert at_issuer.get("/account/sessions/").status_code == 200
    assert issuer.grants[-1] == "refresh_token"  # which says `auth_time` of now, here
    assert at_issuer.get(place(theirs)).status_code == 302
