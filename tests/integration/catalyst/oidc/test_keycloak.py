"""The product's side against a real Keycloak: what its tokens say passes, what it refuses ends.

The console's views run in this process, so that time can be moved; forgeries are in
`tests/security/test_oidc_*.py`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import SecretStr

from catalyst.embedded.demo.person import form_with
from catalyst.embedded.realm.admin import Admin
from catalyst.identity.models import User
from catalyst.identity.oidc.middleware import FRESH_UNTIL
from catalyst.identity.step_up import PROVED_AT, RECENT
from catalyst.models import IssuerLogin
from catalyst.settings.base import log_in
from tests.integration.embedded.running import RunningStack
from tests.integration.embedded.visitor import Visitor

pytestmark = [
    pytest.mark.django_db, pytest.mark.xdist_group("keycloak"), pytest.mark.slow,
]  # fmt: skip


class Person(Visitor):
    """A browser at the realm, and the console's test client beside it."""

    def __init__(self, stack: RunningStack, *roles: str) -> None:
        super().__init__(stack.state)
        self.email, self.password = f"{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18)
        with Admin(stack.state) as admin:
            assert admin.add_person(email=self.email, password=self.password, roles=roles)
        self.client = Client()

    def go(self, begin: str) -> str:
        """Over the issuer's form, which must be there, and back; where the console sends then."""
        page = self.http.get(self.client.get(begin)["Location"])
        form = form_with(page, "password")
        known = {"username": self.email} if "username" in form["fields"] else {}
        values = {**form["fields"], **known, "password": self.password}
        back = urlsplit(self.http.post(form["action"], data=values).headers["Location"])
        return str(self.client.get(f"{back.path}?{back.query}")["Location"])

    def late(self) -> None:
        then = timezone.now() - timedelta(seconds=1)
        key = self.client.session.session_key
        IssuerLogin.objects.filter(pk=key).update(fresh_until=then)
        session = self.client.session
        session[FRESH_UNTIL] = then.isoformat()
        session.save()


@pytest.fixture
def console(keycloak: RunningStack, settings) -> RunningStack:  # type: ignore[no-untyped-def]
    """This process as the console that the realm knows."""
    state = keycloak.state
    settings.CATALYST = settings.CATALYST.model_copy(
        update={
            "oidc_issuer": f"{state.keycloak_url}/realms/catalyst",
            "oidc_client_secret": SecretStr(state.oidc_client_secret or ""),
            "public_url": state.web_url,
            "local_login": False,
        }
    )
    settings.AUTHENTICATION_BACKENDS = log_in(settings.CATALYST)["AUTHENTICATION_BACKENDS"]
    return keycloak


def test_given_a_person_when_logged_in_then_renewed_until_logged_out_there(
    console: RunningStack,
) -> None:
    person = Person(console, "member", "catalyst-operator")
    assert person.go("/oidc/login/?next=/account/sessions/") == "/account/sessions/"
    user = User.objects.get()
    assert (user.issuer, user.email) == (person.realm, person.email)
    assert {"member", "catalyst-operator"} <= set(user.roles)
    for _ in range(2):  # with the first refresh token, and with the one it gave
        person.late()
        assert person.client.get("/account/sessions/").status_code == 200
        assert IssuerLogin.objects.get().fresh_until > timezone.now()
    login = IssuerLogin.objects.get()
    assert login.sid and login.subject == user.subject

    ended = person.http.get(f"{person.realm}/protocol/openid-connect/logout")
    form = form_with(ended, "session_code")
    there = ended.url.join(form["action"])
    person.http.post(there, data={**form["fields"], "confirmLogout": "Logout"})
    person.late()
    assert person.client.get("/account/sessions/")["Location"].startswith("/login/")
    assert not IssuerLogin.objects.exists()


def test_given_single_sign_on_when_proving_anew_then_keycloak_asks_for_the_password_again(
    console: RunningStack,
) -> None:
    person = Person(console, "member")
    person.go("/oidc/login/?next=/account/sessions/")
    session = person.client.session
    session[PROVED_AT] = (timezone.now() - RECENT).isoformat()
    session.save()
    begin = person.client.get("/account/confirm/?next=/account/sessions/")["Location"]
    assert parse_qs(urlsplit(begin).query)["again"] == ["1"]
    assert person.go(begin) == "/account/sessions/"  # by its form: `go` needs it
    assert person.client.session[PROVED_AT] > session[PROVED_AT]
