"""People, projects and tokens at the local cloud, and a wizard walked up to a step."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from catalyst.blueprints.services import kit
from catalyst.embedded.state import StackState
from catalyst.identity.models import Role, User
from dns.pools.models import Pool
from sovereign_wizard.wizard.models import Draft

OPENSSH = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


@dataclass(frozen=True, slots=True)
class Tokens:
    read_write: str
    read_only: str
    another: str


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """Both kinds of token of a project of our own, and one more that may write, from the cloud's
    admin port."""
    state = StackState.load()
    with httpx.Client(
        base_url=state.localcloud_admin_url or "",
        headers={"Authorization": f"Bearer {state.localcloud_admin_key}"},
        trust_env=False,
    ) as admin:
        project = admin.post("/projects", json={"name": "wizard"}).raise_for_status().json()["id"]
        made = [
            admin.post(f"/projects/{project}/tokens", json={"access": access}).raise_for_status()
            for access in ("rw", "ro", "rw")
        ]
    return Tokens(*(answer.json()["token"] for answer in made))


@pytest.fixture(scope="session")
def ssh_public_key() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(*OPENSSH).decode() + " owner@laptop"


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes people without a password: hashing one is slow on purpose."""

    def make(email: str = "owner@example.com", role: str = Role.MEMBER) -> User:
        return User.objects.create(subject=email, email=email, roles=[role])

    return make


@pytest.fixture
def browser() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def pool(db: None) -> Pool:
    return Pool.objects.get_or_create(domain=settings.CATALYST.pool_domains[0])[0]


@pytest.fixture
def name(pool: Pool) -> str:
    """A name nobody else asks for."""
    return f"t{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class Walk:
    """The wizard as one person fills it in. Each step posts and returns the answer."""

    client: Client
    tokens: Tokens
    key: str

    def begin(self, **changes: Any):  # type: ignore[no-untyped-def]
        """The first question, which makes the draft."""
        values = {"organization_name": "Omantel", "owner_email": "admin@omantel.example"}
        return self.client.post("/sovereign/new/", values | changes)

    def topology(self, chosen: str = "solo", **changes: str):  # type: ignore[no-untyped-def]
        return self.client.post(self.url("topology"), {"topology": chosen, **changes})

    def credentials(self, **changes: str):  # type: ignore[no-untyped-def]
        """The questions before it are answered as well, if this person did not."""
        if self.draft() is None:
            self.begin()
            self.topology()
        values = {
            "hetzner_token": self.tokens.read_write,
            "hetzner_project_id": "3311",
            "ssh_public_key": self.key,
        }
        return self.client.post(self.url("credentials"), values | changes)

    def provider(self, **changes: str):  # type: ignore[no-untyped-def]
        values = {
            "region": "hel1",
            "control_plane_size": "cx43",
            "worker_count": "1",
            "worker_size": "cx33",
        }
        return self.client.post(self.url("provider"), values | changes)

    def components(self, *chosen: str, **changes: str):  # type: ignore[no-untyped-def]
        """Only these, one click each, and on."""
        page = self.url("components")
        for name in kit().all_optional:
            if name not in chosen:
                self.client.post(page, {"act": f"remove-all:{name}"})
        for name in chosen:
            self.client.post(page, {"act": f"add:{name}"})
        return self.client.post(page, changes)

    def domain(self, name: str, **changes: str):  # type: ignore[no-untyped-def]
        """The question before it is answered as well, if nobody did: with everything."""
        draft = self.draft()
        assert draft is not None
        if "provider" in draft.passed and "components" not in draft.passed:
            self.client.post(self.url("components"))
        values = {
            "subdomain": name,
            "pool_domain": settings.CATALYST.pool_domains[0],
        }
        return self.client.post(self.url("domain"), values | changes)

    def draft(self) -> Draft | None:
        """The newest of this person."""
        owner = self.client.session["_auth_user_id"]
        return Draft.objects.filter(owner=owner).order_by("-created_at").first()

    def url(self, step: str) -> str:
        draft = self.draft()
        assert draft is not None
        return f"/sovereign/new/{draft.pk}/{step}/"


@pytest.fixture
def walk(person, browser, tokens, ssh_public_key, pool) -> Walk:  # type: ignore[no-untyped-def]
    return Walk(browser(person()), tokens, ssh_public_key)
