"""The product's chart and the queue it needs, as processes: they work, by their real probes."""

from __future__ import annotations

import urllib.request

import psutil
import pytest
import redis
from django.contrib.auth.hashers import make_password

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.databases import Databases
from tests.integration.localcloud.cluster.releases import FQDN, Kit, address_of, pod_of, secret
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")

OWNER, CODE = "owner@omantel.example", "a-code-of-the-owner"
DEPLOYMENT = "0123456789abcdef"
ROLE = "catalyst-role"


@pytest.fixture(scope="module")
def product(kit: Kit) -> Space:
    return kit.space("catalyst-system")


@pytest.fixture(scope="module")
def valkey(kit: Kit, product: Space) -> Space:
    space = kit.space("valkey")
    kit.install("valkey", space, {"auth": {"copyTo": [product.name]}})
    return space


@pytest.fixture(scope="module")
def catalyst(kit: Kit, databases: Databases, product: Space, valkey: Space) -> Space:
    databases.give(product, "catalyst-db", "catalyst", "catalyst")
    databases.admit(product, "catalyst-db", "catalyst", "catalyst_app", secret=ROLE)
    product.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "first-admin"},
            "stringData": {
                "email": OWNER,
                "code-hash": make_password(CODE, hasher="pbkdf2_sha256"),
            },
        }
    )
    for name in ("keycloak-client-catalyst", "keycloak-client-catalyst-people"):
        held = {"stringData": {"secret": "a-secret"}, "metadata": {"name": name}}
        product.apply({"apiVersion": "v1", "kind": "Secret", **held})
    kit.install(
        "catalyst",
        product,
        {
            "global": {"sovereignFQDN": FQDN, "deploymentId": DEPLOYMENT},
            "database": {"app": {"secret": {"name": ROLE}}},
            "web": {"replicas": 1},
            "worker": {"concurrency": 1},
            "networkPolicy": {"gateway": "namespace"},
        },
        jobs=False,  # the first admin's waits for a Keycloak that is not here
    )
    return product


def test_given_valkey_then_it_answers_who_knows_its_password_and_nobody_else(
    valkey: Space,
) -> None:
    host = address_of(valkey, "valkey")
    password = secret(valkey, "valkey-auth")["password"]
    with redis.Redis(host=host, password=password, socket_timeout=5) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with (
        redis.Redis(host=host, password="another", socket_timeout=5) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_given_another_program_for_an_image_then_its_pod_says_so(valkey: Space) -> None:
    """Redis stands for Valkey: nobody may take it for the image itself."""
    pod = pod_of(valkey, "app.kubernetes.io/name=valkey")
    assert "Redis" in pod["metadata"]["annotations"]["catalyst.openova.io/stand-in"]
    assert "catalyst.openova.io/simulated" not in pod["metadata"]["annotations"]


def test_given_the_product_then_its_console_says_which_sovereign_it_is(catalyst: Space) -> None:
    """infra.md §8.8 and §8.9: nothing a Sovereign does not have is needed for it to start."""
    told = get(catalyst, "/healthz")
    assert DEPLOYMENT in told
    assert get(catalyst, "/readyz")
    # Of a Sovereign, not of Catalyst-Zero.
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(catalyst, "/api/v1/deployments")


def test_given_the_product_then_its_parts_run_as_the_user_of_the_image(catalyst: Space) -> None:
    for part, words in (("web", "daphne"), ("worker", "worker@"), ("beat", "beat")):
        pod = pod_of(catalyst, f"app.kubernetes.io/component={part}")
        assert words in " ".join(command_lines(10001)), pod["metadata"]["name"]


def test_given_the_product_when_its_worker_is_asked_then_it_answers(catalyst: Space) -> None:
    pod = pod_of(catalyst, "app.kubernetes.io/component=worker")["metadata"]["name"]
    until(lambda: f"worker@{pod} ready" in catalyst.kubectl("logs", pod), seconds=40)


def test_given_a_keycloak_that_is_away_then_the_first_admins_job_says_so_and_tries_again(
    catalyst: Space,
) -> None:
    """The console is up without it; who waits for the Job is told its last words."""

    def ended() -> str:
        pod = pod_of(catalyst, "app.kubernetes.io/component=first-admin")
        (main,) = pod["status"]["containerStatuses"]
        return str(main["lastState"].get("terminated", {}).get("message", ""))

    assert f"auth.{FQDN} does not answer" in until(ended, seconds=90)
    assert "a-secret" not in ended() and CODE not in ended()


def get(space: Space, path: str) -> str:
    request = urllib.request.Request(f"http://{address_of(space, 'catalyst-web')}{path}")
    request.add_header("Host", f"console.{FQDN}")
    request.add_header("X-Forwarded-Proto", "https")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def command_lines(user: int) -> list[str]:
    """Of every process of that user."""
    return [
        " ".join(process.info["cmdline"] or ())
        for process in psutil.process_iter(["uids", "cmdline"])
        if process.info["uids"] and process.info["uids"].real == user
    ]
