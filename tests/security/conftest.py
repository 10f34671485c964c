"""People for the tests of what holds everywhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.test.utils import override_settings

from catalyst.eventlog.services import permit
from catalyst.identity.models import User
from catalyst.identity.oidc import issuer as adapter
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from catalyst.settings.base import log_in, settings_for
from tests.security.issuer import CLIENT_SECRET, Handler, Issuer, Key, rsa_key, serving

# A person reads the logs `test:<their e-mail>`.
permit("test", lambda user, key: user.email == key)


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes people without a password: hashing one is slow on purpose."""

    def make(email: str, *roles: str, **changes: Any) -> User:
        return User.objects.create(subject=email, email=email, roles=list(roles), **changes)

    return make


@pytest.fixture
def production(settings) -> Iterator[dict[str, Any]]:
    """Every setting as it follows from a public address with https; the rest as here."""
    env = settings.CATALYST.model_copy(
        update={"public_url": "https://console.example", "allowed_hosts": ("console.example",)}
    )
    made = settings_for(env)
    wanted = ("SESSION_", "CSRF_", "SECURE_", "ALLOWED_", "CATALYST", "X_FRAME")
    chosen = {name: value for name, value in made.items() if name.startswith(wanted)}
    with override_settings(**chosen):
        yield chosen


@pytest.fixture(scope="session")
def issuer_keys() -> dict[str, Key]:
    return {"first": rsa_key(), "second": ec.generate_private_key(ec.SECP256R1())}


@pytest.fixture(scope="session")
def issuer_port() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture
def issuer(settings, db: None, issuer_keys: dict[str, Key], issuer_port: int) -> Iterator[Issuer]:
    """People log in here; one of them is a member. Nothing any limit counted is left."""
    made = Issuer(keys=dict(issuer_keys), port=issuer_port, realm=secrets.token_hex(6))
    Handler.issuers[made.realm] = made
    made.person = {
        "sub": "0b9f6f0e",
        "sid": "session-at-the-issuer",
        "email": "member@example.com",
        "email_verified": True,
        "name": "Member Of Ours",
        "roles": ["member", "offline_access", "uma_authorization"],
    }
    env = settings.CATALYST.model_copy(
        update={
            "oidc_issuer": made.url,
            "oidc_client_secret": type(settings.CATALYST.secret_key)(CLIENT_SECRET),
            "public_url": "http://testserver",
        }
    )
    settings.CATALYST = env
    settings.AUTHENTICATION_BACKENDS = log_in(env)["AUTHENTICATION_BACKENDS"]
    yield made
    del Handler.issuers[made.realm]
    for action in LIMITS:
        forgive(action=action, key="address:127.0.0.1")


@pytest.fixture
def nothing_counted() -> Iterator[None]:
    """No limit knows this address and the person `owner@example.com`, before and after."""
    keys = ("address:127.0.0.1", "address:127.0.0.1 owner@example.com")
    for action in LIMITS:
        for key in keys:
            forgive(action=action, key=key)
    yield
    for action in LIMITS:
        for key in keys:
            forgive(action=action, key=key)


@pytest.fixture
def forget_issuers() -> Callable[[], None]:
    """What this process knows of issuers, as after a start."""
    return adapter._kept.clear


@pytest.fixture
def enter(issuer: Issuer) -> Callable[..., Any]:
    """Logs in through the issuer as `issuer.person`; the answer of the way back."""

    def go(client: Client, next: str = "/vouchers/", **claims: Any) -> Any:
        sent = client.get("/oidc/login/", {"next": next})
        assert sent.status_code == 302, sent.text
        return client.get("/oidc/callback/", issuer.approve(sent["Location"], **claims))

    return go


@pytest.fixture
def inside(enter: Callable[..., Any]) -> Client:
    """A browser in which `issuer.person` is logged in."""
    client = Client()
    enter(client)
    return client
