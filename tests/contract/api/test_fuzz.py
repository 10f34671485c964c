"""Schemathesis over the published document, as owner, as stranger and as nobody.

In one process, inside the test's transaction: what an example makes is gone with the test, and no
worker ever sees it. Seeded, so that a failure comes back.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalyst.api.document import PREFIX
from catalyst.eventlog.services import Line, append, finish
from catalyst.identity.models import Role, User
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.pools.models import Pool
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment, PhaseState

pytestmark = pytest.mark.django_db
EXAMPLES = 4  # for each operation, way of making values, and choice of ids
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# A stream goes on on connections of its own, which see nothing of the test's transaction;
# tests/integration/sovereign_wizard/api/test_logs.py reads it.
STREAMS = {"logs_logs"}
MACHINES = {"machines_call_back", "machines_put_kubeconfig"}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller, and what makes the call his; `ids` are those of the owner's Deployment."""

    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    counted_as: str = "address:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Owned:
    deployment: Deployment
    ids: dict[str, str]
    canaries: tuple[str, ...]


def person(email: str) -> User:
    return User.objects.create(subject=email, email=email, roles=[Role.MEMBER])


def logged_in(user: User) -> Somebody:
    client = Client()
    client.force_login(user)
    token = secrets.token_hex(16)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cookies[django_settings.CSRF_COOKIE_NAME] = token
    return Somebody(cookies, {"X-CSRFToken": token}, f"person:{user.pk}")


def make(owner: User, organization: str) -> Deployment:
    key = Ed25519PrivateKey.generate().public_key()
    pool = Pool.objects.get_or_create(domain=django_settings.CATALYST.pool_domains[0])[0]
    return services.create(
        owner=owner,
        wish=services.DeploymentRequest(
            organization_name=organization,
            owner_email=owner.email,
            pool_domain=pool.domain,
            subdomain=f"t{uuid.uuid4().hex[:12]}",
            region="hel1",
            control_plane_size="cx43",
            worker_size="",
            worker_count=0,
            hetzner_project_id="1",
            hetzner_token=Secret(secrets.token_hex(32)),
            ssh_public_key=key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        ),
        idempotency_key=uuid.uuid4().hex,
    )


@pytest.fixture
def owner(db: None) -> User:
    return person("owner-canary@example.com")


@pytest.fixture
def owned(owner: User) -> Owned:
    """A Deployment with something in every place that an answer could show."""
    deployment = make(owner, "Canary Telecom")
    append(deployment.subject, [Line("canary line", phase="preflight")])
    finish(deployment.subject)
    row = deployment.runs.get().phases.get(phase="preflight")
    row.state, row.started_at = PhaseState.RUNNING, timezone.now()
    row.save()
    ids = {
        "deployment_id": str(deployment.pk),
        "phase": "preflight",
        "job_id": f"{deployment.pk}:preflight-1",
        "execution_id": f"{row.pk:032x}",
        "domain": deployment.pool_domain,
    }
    canaries = (deployment.fqdn, deployment.subdomain, "Canary Telecom", "canary line", owner.email)
    return Owned(deployment, ids, canaries)


@pytest.fixture
def app() -> Iterator[WSGIHandler]:
    """Django itself; as its own test client does, it leaves the test's connection open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in signals:
        signal.connect(close_old_connections)


def walk(app: WSGIHandler, somebody: Somebody, ids: dict[str, str], judge: Any) -> int:
    """Send examples of every operation, valid and not, with made-up and with real ids."""
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}openapi.json", app=app)
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        known = {key: ids[key] for key in ids if f"{{{key}}}" in operation.path}
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for given_ids in ({}, known) if known else ({},):
                if name in STREAMS and somebody.cookies and given_ids:
                    continue
                strategy = operation.as_strategy(generation_mode=mode, path_parameters=given_ids)
                sent += try_all(strategy, name, somebody, judge)
    return sent


def try_all(strategy: Any, name: str, somebody: Somebody, judge: Callable[..., None]) -> int:
    sent = 0

    @seed(5)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def example(case: Case) -> None:
        nonlocal sent
        sent += 1
        for action in LIMITS:
            forgive(action=action, key=somebody.counted_as)
        case.cookies = dict(somebody.cookies)
        kept = {k: v for k, v in (case.headers or {}).items() if k.lower() != "authorization"}
        case.headers = {**kept, **somebody.headers}
        answer = case.call()
        case.validate_response(answer, checks=CHECKS)
        judge(name, answer)

    example()
    return sent


def test_given_the_owner_when_every_operation_is_fuzzed_then_no_500_and_all_as_documented(
    app: WSGIHandler, owner: User, owned: Owned
) -> None:
    bearer = vault.get(owned.deployment.secrets["callback-bearer"]).reveal()
    caller = logged_in(owner)
    caller.headers["Authorization"] = f"Bearer {bearer}"
    seen: dict[str, set[int]] = {}

    def judge(name: str, answer: Any) -> None:
        seen.setdefault(name, set()).add(answer.status_code)

    sent = walk(app, caller, owned.ids, judge)

    assert sent > 300
    succeed = {name for name, statuses in seen.items() if min(statuses) < 300}
    assert succeed >= {"deployments_detail", "jobs_detail", "jobs_log", "machines_call_back"}


@pytest.mark.parametrize("who", ["stranger", "anybody"])
def test_given_others_when_every_operation_is_fuzzed_then_nothing_of_the_owners_is_shown_or_done(
    app: WSGIHandler, owned: Owned, who: str
) -> None:
    if who == "stranger":
        stranger = person("stranger@example.com")
        make(stranger, "Stranger Telecom")
        caller = logged_in(stranger)
    else:
        caller = Somebody(headers={"Authorization": "Bearer wrong"})
    before = list(Deployment.objects.filter(pk=owned.deployment.pk).values())

    def judge(name: str, answer: Any) -> None:
        shown = [canary for canary in owned.canaries if canary in answer.text]
        assert not shown, f"{name} shows {shown}"
        if name in MACHINES or who == "anybody":
            assert answer.status_code >= 400, f"{name} let {who} in"

    walk(app, caller, owned.ids, judge)

    assert list(Deployment.objects.filter(pk=owned.deployment.pk).values()) == before
