"""Claims composed, their Requests reconciled against the API of this very tree."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from dns.pools.models import Allocation, Pool
from dns.powerdns.client import PowerDns
from dns.powerdns.zone import no_delegation
from dns.tokens import services as tokens
from infra.check import compose
from infra.check.compose import Case, Composed
from infra.check.crossplane import Body
from tests.contract.dns_composition.provider_http import Answer, Controller, Sent
from tests.infra_check.crossplane_cases import FAMILY, claim
from tests.integration.dns.asking import POOL

SITE = "http://testserver"
KINDS = {"published": "pool-allocation", "waiting": "pool-allocation-waiting"}


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Composed]:
    """One run of helm for all: what differs by test (name, address, uid) is filled in after."""
    cases = {name: Case(claim(fixture)) for name, fixture in KINDS.items()}
    return compose.compose(FAMILY, cases, tmp_path_factory.mktemp("contract") / "chart")


@pytest.fixture
def pool(db: None) -> Pool:
    return Pool.objects.get_or_create(domain=POOL)[0]


@pytest.fixture
def label(pool: Pool) -> Iterator[str]:
    """A free name; what a test leaves of it on the name servers is removed."""
    label = f"x{uuid.uuid4().hex[:12]}"
    yield label
    with PowerDns.from_settings() as server:
        server.write(POOL, no_delegation(f"{label}.{POOL}"))
        server.delete_zone(f"{label}.{POOL}")


@pytest.fixture
def api(pool: Pool) -> Callable[[Sent], Answer]:
    """The API with the service token of the ProviderConfig, scopes as the chart's README says."""
    issued = tokens.issue(
        name="crossplane",
        scopes=["check", "reserve", "commit", "release"],
        pools=[POOL],
        life=timedelta(days=1),
        actor="test",
    )
    authorization = f"Bearer {issued.secret.reveal()}"

    def send(sent: Sent) -> Answer:
        assert sent.url.startswith(f"{SITE}/api/v1/")
        answer = Client().generic(
            sent.method,
            sent.url.removeprefix(SITE),
            sent.body,
            content_type=sent.headers.get("Content-Type", ""),
            headers={**sent.headers, "Authorization": authorization},
        )
        return Answer(answer.status_code, answer.content.decode())

    return send


@pytest.fixture
def controller(
    composed: dict[str, Composed], api: Callable[[Sent], Answer], label: str, address: str
) -> Callable[..., Controller]:
    """The provider at a Request: `kind` of claim, `uid` of its composite, another way to send."""

    def make(kind: str, *, uid: str = "", send: Callable[[Sent], Answer] = api) -> Controller:
        fixture = claim(KINDS[kind])
        parameters = fixture["spec"]["parameters"]
        replaced = {
            "@POOL_DOMAIN_MANAGER_URL@": f"{SITE}/api/v1",
            f'\\"{parameters["subdomain"]}\\"': f'\\"{label}\\"',
            FAMILY.composite(fixture)["metadata"]["uid"]: uid or str(uuid.uuid4()),
        }
        if kind == "published":
            replaced[parameters["loadBalancerIP"]] = address
        return Controller(_filled(composed[kind].resources["allocation"], replaced), send)

    return make


def _filled(request: Body, replaced: dict[str, str]) -> Body:
    text = json.dumps(request)
    for before, after in replaced.items():
        assert before in text, before
        text = text.replace(before, after)
    filled: Body = json.loads(text)
    return filled


@pytest.fixture
def address() -> str:
    """A load balancer's address that the settings of the laptop allow."""
    return f"{settings.CATALYST.balancer_ranges[0].rsplit('.', 1)[0]}.201"


@pytest.fixture
def holders(label: str) -> Callable[[], list[tuple[str, str]]]:
    """(state, created_by) of every holder the name had, the first one first."""

    def read() -> list[tuple[str, str]]:
        rows = Allocation.objects.filter(label=label).order_by("generation")
        return list(rows.values_list("state", "created_by"))

    return read
