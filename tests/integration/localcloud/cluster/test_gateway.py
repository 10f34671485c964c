"""The way in: traefik fulfils a Gateway on the machine's own address, with the cluster's Secret."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.check import tree
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.gateway.gateway import CONTROLLER, HTTP_PORT, HTTPS_PORT
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import (
    ECHO,
    PROBE,
    Cluster,
    Space,
    deployment,
    service,
)

pytestmark = pytest.mark.xdist_group("cluster")

KINDS = tree.TEMPLATE / "crds" / "gateway-api"
GATEWAY_API = "gateway.networking.k8s.io/v1"
HOST = "console.gateway.test"


@pytest.fixture(scope="module")
def kinds(cluster: Cluster) -> Iterator[None]:
    """The Gateway API, which comes after the machine, as the tree's first stage brings it."""
    gateway = cluster.state / "gateway"
    assert not (gateway / "traefik.log").exists()
    named = [word for path in sorted(KINDS.glob("*.yaml")) for word in ("-f", str(path))]
    cluster.kubectl("apply", "--server-side", *named)
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=40s", *named)
    yield
    cluster.kubectl("delete", "--wait=false", *named)


def parent(space: Space, section: str) -> list[dict[str, str]]:
    return [{"name": "way-in", "namespace": space.name, "sectionName": section}]


def route(space: Space, name: str, section: str, rule: dict[str, Any]) -> dict[str, Any]:
    spec = {"parentRefs": parent(space, section), "hostnames": [HOST], "rules": [rule]}
    return {
        "apiVersion": GATEWAY_API,
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.fixture
def trust(kinds: None, space: Space, tmp_path: Path) -> ssl.SSLContext:
    """A Gateway as bp-gateway makes it, a Pod behind it; returns trust in its certificate."""
    pki = Pki(tmp_path / "tls")
    pair = pki.leaf("gateway", authority=pki.server, user="gateway", hosts=(HOST,))
    files = {"tls.crt": pair.certificate, "tls.key": pair.key}
    held = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    listeners = [
        {"name": "http", "protocol": "HTTP", "port": HTTP_PORT},
        {
            "name": "https",
            "protocol": "HTTPS",
            "port": HTTPS_PORT,
            "hostname": "*.gateway.test",
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": "way-in-tls"}]},
        },
    ]
    redirect = {"scheme": "https", "port": 443, "statusCode": 301}
    space.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "way-in-tls"},
            "type": "kubernetes.io/tls",
            "data": held,
        },
        {
            "apiVersion": GATEWAY_API,
            "kind": "GatewayClass",
            "metadata": {"name": "traefik"},
            "spec": {"controllerName": CONTROLLER},
        },
        {
            "apiVersion": GATEWAY_API,
            "kind": "Gateway",
            "metadata": {"name": "way-in"},
            "spec": {"gatewayClassName": "traefik", "listeners": listeners},
        },
        route(space, "app", "https", {"backendRefs": [{"name": "app", "port": 80}]}),
        route(
            space,
            "to-https",
            "http",
            {"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]},
        ),
        service("app"),
        deployment("app", {"image": ECHO, "readinessProbe": PROBE}),
    )
    space.rolled_out("deployment/app")
    return ssl.create_default_context(cafile=pki.server.certificate)


def ask(
    cluster: Cluster, trust: ssl.SSLContext, scheme: str, port: int, host: str = HOST
) -> httpx.Response:
    with httpx.Client(verify=trust, trust_env=False, timeout=5) as client:
        return client.get(
            f"{scheme}://{cluster.address}:{port}/",
            headers={"Host": host},
            extensions={"sni_hostname": host},
        )


def reached(cluster: Cluster, trust: ssl.SSLContext) -> httpx.Response:
    def look() -> httpx.Response | None:
        try:
            answer = ask(cluster, trust, "https", HTTPS_PORT)
        except httpx.HTTPError:
            return None
        return answer if answer.status_code == 200 else None

    answer = until(look, seconds=40)
    assert answer is not None
    return answer


def test_given_a_gateway_then_a_pod_answers_over_tls_and_plain_http_is_sent_there(
    cluster: Cluster, space: Space, trust: ssl.SSLContext
) -> None:
    assert json.loads(reached(cluster, trust).text)["host"].startswith("app-")
    plain = ask(cluster, trust, "http", HTTP_PORT)
    there = urlsplit(plain.headers["Location"])
    assert (plain.status_code, there.scheme, there.hostname) == (301, "https", HOST)
    assert there.port in (None, 443)
    accepted = ("wait", "--for=condition=Accepted", "gateway/way-in", "--timeout=20s")
    space.kubectl(*accepted)
    # Nobody asked for this name: no certificate of ours is shown for it.
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        ask(cluster, trust, "https", HTTPS_PORT, "other.elsewhere.test")


def test_given_a_pod_that_is_replaced_then_the_way_leads_to_the_new_one(
    cluster: Cluster, space: Space, trust: ssl.SSLContext
) -> None:
    before = json.loads(reached(cluster, trust).text)["host"]
    space.kubectl("delete", "pod", before, "--wait=true", "--timeout=40s")
    space.rolled_out("deployment/app")
    until(lambda: json.loads(reached(cluster, trust).text)["host"] != before, seconds=40)


def test_given_traefik_then_it_is_refused_nothing_it_needs_and_may_change_no_secret(
    cluster: Cluster, space: Space, trust: ssl.SSLContext
) -> None:
    reached(cluster, trust)
    log = (cluster.state / "gateway/traefik.log").read_text()
    assert "forbidden" not in log, log
    secret = (cluster.state / "gateway/kubeconfig").read_text()
    assert "client-key-data" in secret
    role = json.loads(cluster.kubectl("get", "clusterrole", "catalyst-gateway", "-o", "json"))
    changing = [
        name
        for rule in role["rules"]
        for name in rule["resources"]
        if set(rule["verbs"]) - {"get", "list", "watch"}
    ]
    assert changing == ["*/status"]
