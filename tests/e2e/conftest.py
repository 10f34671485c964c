"""What end-to-end tests share: the running stack and people at it. Nothing here touches rows."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hcloud import Client
from playwright.sync_api import Browser

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.demo.person import Person
from catalyst.embedded.state import StackState
from tests.e2e.browser import launched
from tests.e2e.people import make_person
from tests.plugins.backing_stack import STATE_DIR

PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(STATE_DIR)


@pytest.fixture(scope="session")
def state() -> StackState:
    return StackState.load(STATE_DIR)


@pytest.fixture(scope="session")
def cloud(state: StackState) -> Cloud:
    return Cloud(state)


# Not for the session: Playwright's loop runs on in the thread until it is stopped, and no test with
# a loop of its own could run beside it.
@pytest.fixture(scope="module")
def chromium(state: StackState) -> Iterator[Browser]:
    with launched(state) as browser:
        yield browser


class Console:
    """A person logged in at Catalyst-Zero, with the API at hand."""

    def __init__(self, state: StackState, roles: tuple[str, ...]) -> None:
        self.email = f"person-{uuid.uuid4().hex[:8]}@example.com"
        self.password = secrets.token_urlsafe(18)
        make_person(state.state_dir, self.email, self.password, roles)
        self.person = Person(state.web_url or "")
        self.person.log_in(self.email, self.password)

    def post(self, path: str, document: Any = None, **headers: str) -> httpx.Response:
        http = self.person.http
        return http.post(
            f"/api/v1{path}",
            json=document,
            headers={
                "X-CSRFToken": self.person.csrf_token,
                "Origin": self.person.site,
                "Accept": "application/json",
                **headers,
            },
        )

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        answer = self.person.http.get(f"/api/v1/deployments/{deployment_id}")
        document: dict[str, Any] = answer.raise_for_status().json()
        return document

    def provision(self, wish: dict[str, Any]) -> str:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.post("/deployments", wish, **key)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def until(
        self,
        deployment_id: str,
        reached: Callable[[dict[str, Any]], bool],
        *,
        ends: tuple[str, ...] = ("ready", "failed"),
        seconds: float = PATIENCE_SECONDS,
    ) -> dict[str, Any]:
        """Look until `reached`; fails with what the Deployment says when it does not happen, and
        at once when it comes to one of these ends instead."""
        deadline = time.monotonic() + seconds
        seen: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                seen = self.deployment(deployment_id)
            except httpx.HTTPError:
                continue
            if reached(seen):
                return seen
            assert seen["status"] not in ends, f"ended otherwise: {seen}"
            time.sleep(0.05)
        pytest.fail(f"not reached in {seconds} s: {seen}")


def phase(document: dict[str, Any], phase_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in document["phases"] if row["id"] == phase_id)
    return found


@pytest.fixture
def console(state: StackState) -> Console:
    return Console(state, ("member",))


def wish_for(token: str, **changes: Any) -> dict[str, Any]:
    """A wish with a name nobody has; keyword arguments override."""
    return {
        "orgName": "Example Telecom",
        "orgEmail": "admin@example.com",
        "sovereignPoolDomain": "omani.works",
        "sovereignSubdomain": f"e2e-{uuid.uuid4().hex[:10]}",
        "hetznerToken": token,
        "hetznerProjectID": "e2e",
        "region": "nbg1",
        "controlPlaneSize": "cx43",
        "workerSize": "cx33",
        "workerCount": 1,
        "sshPublicKey": ssh_public_key(),
        **changes,
    }


@pytest.fixture
def make_wish() -> Callable[..., dict[str, Any]]:
    return wish_for


def ssh_public_key() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()


def hetzner(state: StackState, token: str) -> Any:
    """The vendor's own client on the local cloud."""
    return Client(token=token, api_endpoint=state.hcloud_endpoint or "")


def stack_process(stack: Stack, name: str) -> int:
    """Process id of a service of the stack."""
    status = stack.status()
    assert status is not None
    return int(status.services[name].pid or 0)
