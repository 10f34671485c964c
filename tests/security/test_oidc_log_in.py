"""Checks 2, 3 (peers.md §5.2): the way to the issuer and back, and out again."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from catalyst.identity.models import Role, User
from catalyst.models import AuditEvent, IssuerLogin, SealedSecret, UserSession
from catalyst.vault import services as vault
from tests.security.issuer import CLIENT, Issuer
from tests.security.test_web_surface import TARGETS

pytestmark = pytest.mark.django_db


def asked(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def nobody(client: Client) -> bool:
    return SESSION_KEY not in client.session


# --- there ---------------------------------------------------------------------------------------


def test_02_given_the_log_in_page_when_there_is_an_issuer_then_one_button_leads_there(
    settings, issuer: Issuer
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"local_login": False})
    page = Client().get("/login/?next=/vouchers/")
    assert 'href="/oidc/login/?next=%2Fvouchers%2F"' in page.text
    assert "password" not in re.sub("Type your password nowhere else", "", page.text).lower()
    answer = Client().post("/login/", {"username": "a@example.com", "password": "x"})
    assert answer.status_code == 403


def test_02_given_no_issuer_when_its_addresses_are_asked_then_there_are_none(db) -> None:
    assert Client().get("/oidc/login/").status_code == 404
    assert Client().get("/oidc/callback/", {"state": "x", "code": "x"}).status_code == 404
    assert Client().post("/oidc/backchannel-logout/").status_code == 400


def test_02_given_two_log_ins_when_begun_then_code_flow_with_secrets_of_their_own(
    issuer: Issuer,
) -> None:
    client = Client()
    first, second = (asked(client.get("/oidc/login/")["Location"]) for _ in range(2))
    assert first["response_type"] == "code" and first["client_id"] == CLIENT
    assert first["redirect_uri"] == "http://testserver/oidc/callback/"
    assert first["scope"].split()[0] == "openid" and "offline_access" not in first["scope"]
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32 and first[name] != second[name]


def test_02_given_a_foreign_host_header_when_begun_then_the_way_back_is_ours(
    settings, issuer: Issuer
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    there = Client().get("/oidc/login/", headers={"Host": "evil.example"})["Location"]
    assert asked(there)["redirect_uri"] == "http://testserver/oidc/callback/"


def test_02_given_a_sovereigns_bare_name_when_logging_in_there_then_back_at_the_same_place_there(
    settings, issuer: Issuer
) -> None:
    """A browser's session is that of one host: what a customer chose would be lost elsewhere."""
    settings.CATALYST = settings.CATALYST.model_copy(update={"sovereign_fqdn": "omantel.example"})
    settings.ALLOWED_HOSTS = ["omantel.example", "other.example"]
    client = Client(headers={"Host": "omantel.example"})
    sent = client.get("/oidc/login/", {"next": "/checkout"})["Location"]
    assert asked(sent)["redirect_uri"] == "https://omantel.example/oidc/callback/"
    back = client.get("/oidc/callback/", issuer.approve(sent))
    assert (back.status_code, back["Location"]) == (302, "/checkout")
    other = Client(headers={"Host": "other.example"}).get("/oidc/login/")["Location"]
    assert asked(other)["redirect_uri"] == "http://testserver/oidc/callback/"


# --- back ----------------------------------------------------------------------------------------


def test_02_given_a_state_of_another_browser_when_back_then_refused(issuer: Issuer) -> None:
    sent = Client().get("/oidc/login/")["Location"]
    victim = Client()
    victim.get("/oidc/login/")
    for client in (victim, Client()):
        assert client.get("/oidc/callback/", issuer.approve(sent)).status_code == 403
        assert nobody(client)
    assert not issuer.grants  # the code was not even shown to the issuer


def test_02_given_a_way_back_when_taken_twice_then_refused(issuer: Issuer) -> None:
    client = Client()
    back = issuer.approve(client.get("/oidc/login/")["Location"])
    assert client.get("/oidc/callback/", back).status_code == 302
    assert client.get("/oidc/callback/", back).status_code == 403


def test_02_given_a_code_of_another_log_in_when_back_then_pkce_refuses_it(issuer: Issuer) -> None:
    stolen = issuer.approve(Client().get("/oidc/login/")["Location"])
    client = Client()
    own = issuer.approve(client.get("/oidc/login/")["Location"])
    answer = client.get("/oidc/callback/", {**own, "code": stolen["code"]})
    assert answer.status_code == 401 and nobody(client)


@pytest.mark.parametrize("iss", ["https://evil.example", "", None])
def test_02_given_the_answer_of_another_issuer_when_back_then_refused(
    issuer: Issuer, iss: str | None
) -> None:
    client = Client()
    back = issuer.approve(client.get("/oidc/login/")["Location"])
    query = (
        {**back, "iss": iss} if iss is not None else {k: v for k, v in back.items() if k != "iss"}
    )
    for sent in (query, back):  # the state is used up by the first
        assert client.get("/oidc/callback/", sent).status_code == 403
        assert nobody(client) and not issuer.grants


@pytest.mark.parametrize("error", ["access_denied", "<script>alert(1)</script>"])
def test_02_given_the_issuer_says_no_when_back_then_said_so_and_the_state_is_used_up(
    issuer: Issuer, error: str
) -> None:
    client = Client()
    back = issuer.approve(client.get("/oidc/login/")["Location"])
    refusal = {"error": error, "state": back["state"], "iss": issuer.url}
    answer = client.get("/oidc/callback/", refusal)
    assert answer.status_code == 403 and "<script>alert" not in answer.text
    assert client.get("/oidc/callback/", back).status_code == 403


@pytest.mark.parametrize("target", TARGETS)
def test_02_given_a_foreign_return_address_when_logged_in_then_home(
    issuer: Issuer, enter, target: str
) -> None:
    location = enter(Client(), next=target)["Location"]
    assert location.startswith("/") and not re.match(r"[/\\]{2}", location)
    assert "evil" not in location


def test_03_given_a_session_of_before_when_logged_in_then_it_has_a_new_name(enter) -> None:
    client = Client()
    client.get("/oidc/login/")
    before = client.session.session_key
    enter(client)
    assert client.session.session_key != before
    assert not UserSession.objects.filter(pk=before).exists()


# --- who -----------------------------------------------------------------------------------------


def test_02_given_a_person_when_logged_in_twice_then_one_row_by_issuer_and_subject(
    issuer: Issuer, enter
) -> None:
    enter(Client())
    enter(Client(), email="renamed@example.com", roles=["catalyst-operator", "made-up", 7])
    [user] = User.objects.all()
    assert (user.issuer, user.subject) == (issuer.url, issuer.person["sub"])
    assert (user.email, user.roles) == ("renamed@example.com", [Role.OPERATOR])
    assert not user.has_usable_password() and not user.check_password("!")
    [change] = AuditEvent.objects.filter(act="identity.change")
    assert change.before["roles"] == ["member"] and change.after["roles"] == ["catalyst-operator"]


def test_02_given_the_e_mail_of_somebody_else_when_logged_in_then_another_person(
    person, enter
) -> None:
    local = person("member@example.com", Role.OPERATOR)
    enter(Client())
    other = User.objects.exclude(pk=local.pk).get()
    assert other.roles == ["member"]
    enter(Client(), sub="second")
    assert User.objects.filter(email="member@example.com").count() == 3


def test_02_given_no_role_of_ours_when_logged_in_then_none(enter) -> None:
    client = Client()
    enter(client, roles=["offline_access", "Catalyst-Operator", "catalyst-operator "])
    assert User.objects.get().roles == []
    assert client.get("/sovereign/").status_code == 403


def test_02_given_an_account_that_is_off_here_when_logging_in_then_refused(enter) -> None:
    enter(Client())
    User.objects.update(is_active=False)
    client = Client()
    answer = enter(client)
    assert answer.status_code == 403 and "switched off" in answer.text and nobody(client)


def test_02_given_a_person_of_the_issuer_when_a_password_is_set_here_then_refused(enter) -> None:
    client = Client()
    enter(client)
    new = {"password": "correct horse battery", "again": "correct horse battery"}
    assert client.post("/account/password/", new).status_code == 409
    assert not User.objects.get().has_usable_password()


# --- what is kept --------------------------------------------------------------------------------


def test_06_given_a_log_in_when_kept_then_tokens_are_sealed_and_gone_with_the_session(
    issuer: Issuer, enter
) -> None:
    client = Client()
    enter(client)
    [refresh] = issuer.refresh
    login = IssuerLogin.objects.get()
    assert (login.pk, login.sid) == (client.session.session_key, issuer.person["sid"])
    assert vault.get(login.refresh).reveal() == refresh
    assert refresh not in str(dict(client.session.items())) + str(vars(login))
    client.post("/logout/")
    assert not SealedSecret.objects.exists() and not IssuerLogin.objects.exists()
    assert not UserSession.objects.filter(user__isnull=False).exists()


def test_03_given_a_log_out_when_sent_then_ours_ends_first_and_then_the_issuers(
    issuer: Issuer, enter
) -> None:
    client = Client()
    enter(client)
    issuer.is_away = True  # its absence keeps nobody logged in
    there = client.post("/logout/")["Location"]
    assert there.startswith(f"{issuer.url}/protocol/openid-connect/logout?")
    assert asked(there) == {
        "client_id": CLIENT, "post_logout_redirect_uri": "http://testserver/",
    }  # fmt: skip
    assert nobody(client)


def test_05_given_an_issuer_when_a_page_is_answered_then_forms_may_end_there_and_nowhere_else(
    issuer: Issuer,
) -> None:
    policy = Client().get("/login/")["Content-Security-Policy"]
    assert f"form-action 'self' http://127.0.0.1:{issuer.port};" in policy


def test_given_the_cookie_name_when_logged_in_then_the_session_is_the_only_secret(enter) -> None:
    client = Client()
    enter(client)
    assert set(client.cookies) <= {
        django_settings.SESSION_COOKIE_NAME, django_settings.CSRF_COOKIE_NAME, "messages",
    }  # fmt: skip
