"""A Sovereign's realm, as its chart makes it, in a real Keycloak; this process is the console."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client
from pydantic import SecretStr

from catalyst.embedded.demo.person import cookies, form_with
from catalyst.settings.base import log_in
from infra.check import charts, render
from tests.integration.embedded.running import RunningStack

REALM, FQDN = "catalyst-admin", "omantel.omani.works"
NEW_PASSWORD = "a password of the owner's own"
CALLBACK = f"https://console.{FQDN}/oidc/callback/"


@dataclass(frozen=True)
class Realm:
    """As the administrator of all realms sees it; paths are below the realm's own."""

    stack: RunningStack
    url: str
    secrets: dict[str, str]

    def get(self, path: str, **params: str) -> Any:
        with administrator(self.stack) as http:
            answer = http.get(f"/admin/realms/{REALM}{path}", params=params)
        return answer.raise_for_status().json()

    def people(self, email: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/users", email=email.lower(), exact="true")
        return found

    def add(self, email: str, password: str, *, groups: tuple[str, ...] = ()) -> None:
        person = {
            "username": email, "email": email, "emailVerified": True, "enabled": True,
            "firstName": "A", "lastName": "B", "groups": list(groups),
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }  # fmt: skip
        with administrator(self.stack) as http:
            http.post(f"/admin/realms/{REALM}/users", json=person).raise_for_status()


@contextmanager
def administrator(stack: RunningStack) -> Iterator[httpx.Client]:
    state = stack.state
    wish = {
        "grant_type": "password", "client_id": "admin-cli",
        "username": "admin", "password": state.keycloak_admin_password or "",
    }  # fmt: skip
    with httpx.Client(base_url=state.keycloak_url or "", timeout=180, trust_env=False) as http:
        token = http.post("/realms/master/protocol/openid-connect/token", data=wish)
        http.headers["Authorization"] = f"Bearer {token.raise_for_status().json()['access_token']}"
        yield http


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The realm as the chart would have it imported, with `${…}` for its secrets."""
    (chart,) = (each for each in charts.every() if each.folder == "keycloak")
    rendered = render.template(chart.path, settings={"global": {"sovereignFQDN": FQDN}})
    (text,) = rendered.one("ConfigMap", "keycloak-realm").body["data"].values()
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="session")
def imported(keycloak: RunningStack, document: dict[str, Any]) -> Iterator[Realm]:
    """Once for all tests, which have people of their own."""
    made = {client["clientId"]: secrets.token_urlsafe(24) for client in document["clients"]}
    clients = [{**each, "secret": made[each["clientId"]]} for each in document["clients"]]
    with administrator(keycloak) as http:
        http.delete(f"/admin/realms/{REALM}")  # of an earlier session, where the server stays
        http.post("/admin/realms", json={**document, "clients": clients}).raise_for_status()
        yield Realm(keycloak, f"{keycloak.state.keycloak_url}/realms/{REALM}", made)


@pytest.fixture
def realm(imported: Realm, settings: Any) -> Realm:
    """This process is the console that the realm knows."""
    settings.CATALYST = settings.CATALYST.model_copy(
        update={
            "role": "sovereign",
            "oidc_issuer": imported.url,
            "oidc_client_id": "catalyst",
            "oidc_client_secret": SecretStr(imported.secrets["catalyst"]),
            "people_client_secret": SecretStr(imported.secrets["catalyst-people"]),
            "public_url": CALLBACK.removesuffix("/oidc/callback/"),
            "local_login": False,
        }
    )
    settings.AUTHENTICATION_BACKENDS = log_in(settings.CATALYST)["AUTHENTICATION_BACKENDS"]
    settings.ROOT_URLCONF = "catalyst.urls_sovereign"
    settings.LOGIN_REDIRECT_URL = "/vouchers/"
    return imported


@pytest.fixture
def owner() -> str:
    """An address that nobody has yet, typed with capitals."""
    return f"Owner-{secrets.token_hex(4)}@Omantel.example"


class Visitor:
    """A browser at the realm, and one of the console's beside it."""

    def __init__(self) -> None:
        self.http = httpx.Client(trust_env=False, cookies=cookies(), timeout=60)
        self.console = Client()

    def try_code(self, email: str, password: str) -> httpx.Response:
        """What follows the realm's log-in form."""
        page = self.http.get(self.console.get("/oidc/login/?next=/vouchers/")["Location"])
        form = form_with(page, "username", "password")
        values = {**form["fields"], "username": email, "password": password}
        return self._follow(self.http.post(form["action"], data=values))

    def set_password(self, page: httpx.Response, password: str) -> httpx.Response:
        form = form_with(page, "password-new", "password-confirm")
        values = {**form["fields"], "password-new": password, "password-confirm": password}
        return self._follow(self.http.post(form["action"], data=values))

    def come_back(self, answer: httpx.Response) -> str:
        """To the console with the code; where it sends then."""
        where = answer.headers["Location"]
        assert where.startswith(CALLBACK), where
        parts = urlsplit(where)
        return str(self.console.get(f"{parts.path}?{parts.query}")["Location"])

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        """Redirects inside Keycloak."""
        while answer.is_redirect and not answer.headers["Location"].startswith(CALLBACK):
            answer = self.http.get(answer.headers["Location"])
        return answer


@pytest.fixture
def visitor() -> Iterator[Callable[[], Visitor]]:
    """Makes browsers."""
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor())
        return made[-1]

    yield make
    for each in made:
        each.http.close()
