"""The cluster path from a click to a Sovereign that needs us no more, on real programs.

Takes minutes, so it is run by its name and not with all the others: `make cluster-proof`.
"""

from __future__ import annotations

import base64
import json
import signal
import ssl
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from catalyst.embedded.demo.path import Cloud
from tests.e2e.browser import complaints, launched
from tests.e2e.cluster_people import (
    ends_within_seconds_of_a_log_out_there,
    log_in,
    set_password,
    way_in,
)
from tests.e2e.cluster_world import Kubectl, Stack
from tests.e2e.conftest import Console, phase, wish_for
from tests.integration.dns.registrars.stage import OURS, Stage
from tests.integration.internet.running import free_port, free_range, until
from tests.integration.localcloud.flux.running import Checkout
from tests.integration.localcloud.outage import below

pytestmark = [pytest.mark.xdist_group("e2e-cluster"), pytest.mark.slow]

PATIENCE_SECONDS = 900.0
BROKEN, RELEASE = "sealed-secrets", "infra/clusters/_template/platform/sealed-secrets.yaml"
FOUND_NOWHERE = "9.9.9"
AWAY_SECONDS = 30.0
AWAY = "Waiting for the cluster"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with free_range() as network:
        stack = Stack(tmp_path_factory.mktemp("cluster-stack"), network)
        # Not 8080, which stacks of other people on this computer like as well.
        (stack.folder / "stack.json").write_text(json.dumps({"ports": {"web": free_port()}}))
        up = stack.run("up", "--detach")
        try:
            assert up.returncode == 0, up.stdout + up.stderr
            yield stack
        finally:
            assert stack.run("down").returncode == 0


@pytest.fixture(scope="module")
def tree(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return stack.tree(tmp_path_factory.mktemp("tree") / "clone")


@pytest.fixture(scope="module")
def console(stack: Stack) -> Console:
    return Console(stack.state, ("catalyst-operator", "member"))


@pytest.fixture(scope="module")
def deployment_id(stack: Stack, tree: Checkout, console: Console) -> str:
    """Asked for while Git wants a chart version that nobody ever pushed."""
    whole = (tree.folder / RELEASE).read_text()
    assert whole.count("version: 1.0.0") == 1
    broken = whole.replace("version: 1.0.0", f"version: {FOUND_NOWHERE}")
    pushed = tree.push({RELEASE: broken}, key=stack.push_key)
    assert pushed.returncode == 0, pushed.stderr
    token = Cloud(stack.state).token("cluster")
    return console.provision(wish_for(token, workerCount=0, workerSize=""))


@pytest.fixture(scope="module")
def kubectl(
    console: Console, deployment_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Kubectl:
    """With the kubeconfig as its owner downloads it."""
    path = f"/api/v1/deployments/{deployment_id}/kubeconfig"

    def sent() -> httpx.Response | None:
        answer = console.person.http.get(path)
        return answer if answer.status_code == 200 else None

    answer = until(sent, seconds=PATIENCE_SECONDS)
    assert answer is not None
    kubeconfig = tmp_path_factory.mktemp("owner") / "kubeconfig"
    kubeconfig.write_bytes(answer.content)
    return Kubectl(kubeconfig)


def components(console: Console, deployment_id: str) -> dict[str, dict[str, Any]]:
    path = f"/api/v1/deployments/{deployment_id}/components/state"
    found = console.person.http.get(path).raise_for_status().json()["components"]
    return {each["appId"]: each for each in found}


def see_nothing_false_while_the_api_server_is_dead(
    stack: Stack, console: Console, deployment_id: str
) -> None:
    """Half a minute, while components are being watched and one of them is broken."""

    def away() -> bool:
        return bool(console.deployment(deployment_id)["reason"].startswith(AWAY))

    with stack.api_server_dead():
        until(away, seconds=PATIENCE_SECONDS)
        before, began = components(console, deployment_id), time.monotonic()
        assert "failed" not in {each["status"] for each in before.values()}

        def over() -> bool:
            seen = console.deployment(deployment_id)
            assert seen["status"] in ("waiting", "running"), seen
            assert phase(seen, "components")["state"] in ("waiting", "running"), seen
            assert seen["status"] == "running" or seen["reason"].startswith(AWAY), seen
            assert components(console, deployment_id) == before
            return time.monotonic() - began > AWAY_SECONDS

        until(over, seconds=AWAY_SECONDS * 2)
        page = unescape(console.person.see(f"/sovereign/deployments/{deployment_id}/").text)
        assert AWAY in page and "this is how things were when it did" in page
    until(lambda: not away(), seconds=PATIENCE_SECONDS)
    after = components(console, deployment_id)
    assert {name for name, each in after.items() if each["status"] == "failed"} == set()
    assert after.keys() >= before.keys()


def until_ready(console: Console, deployment_id: str) -> None:
    def ready() -> bool:
        status = console.deployment(deployment_id)["status"]
        assert status not in ("failed", "cancelled"), console.deployment(deployment_id)
        return bool(status == "ready")

    until(ready, seconds=PATIENCE_SECONDS)


def healthz(stack: Stack, fqdn: str) -> dict[str, Any]:
    trust = ssl.create_default_context(cafile=str(stack.state.ca_bundle))
    with httpx.Client(proxy=stack.state.proxy_url, verify=trust, trust_env=False) as client:
        answer = client.get(f"https://console.{fqdn}/healthz").raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def test_given_a_broken_chart_version_then_the_page_says_why_and_a_pushed_fix_makes_it_ready(
    stack: Stack, tree: Checkout, console: Console, deployment_id: str, kubectl: Kubectl
) -> None:
    def broken() -> str:
        seen = components(console, deployment_id).get(BROKEN, {})
        return str(seen.get("message", "")) if FOUND_NOWHERE in seen.get("message", "") else ""

    message = until(broken, seconds=PATIENCE_SECONDS)
    seen = console.deployment(deployment_id)
    assert seen["status"] in ("waiting", "running"), seen  # now and then it is at a look
    assert phase(seen, "components")["state"] in ("waiting", "running"), seen
    page = unescape(console.person.see(f"/sovereign/deployments/{deployment_id}/").text)
    assert FOUND_NOWHERE in page and message.split(":")[0] in page

    see_nothing_false_while_the_api_server_is_dead(stack, console, deployment_id)

    fixed = (tree.folder / RELEASE).read_text().replace(FOUND_NOWHERE, "1.0.0")
    # Nobody hurries Flux: it looks at Git by itself.
    assert tree.push({RELEASE: fixed}, key=stack.push_key).returncode == 0
    until_ready(console, deployment_id)
    jobs = console.person.http.get(f"/api/v1/deployments/{deployment_id}/jobs").json()["jobs"]
    print(
        f"\n{stack.memory()} MB;", *(f"{j['jobName']} {j['durationMs'] / 1000:.0f} s" for j in jobs)
    )
    assert {job["status"] for job in jobs} == {"succeeded"}


def test_given_a_ready_sovereign_then_its_owner_sees_the_kit_and_a_pod_of_it_is_the_console(
    stack: Stack, console: Console, deployment_id: str, kubectl: Kubectl
) -> None:
    releases = kubectl.items("helmreleases", "-A")
    ready = {
        each["metadata"]["name"]: condition["status"]
        for each in releases
        for condition in each["status"]["conditions"]
        if condition["type"] == "Ready"
    }
    assert set(ready.values()) == {"True"}
    assert {"bp-cert-manager", "bp-gateway", "bp-keycloak", "bp-gitea", "bp-catalyst"} <= set(ready)
    answer = healthz(stack, console.deployment(deployment_id)["sovereignFQDN"])
    web = ("-n", "catalyst-system", "-l", "app.kubernetes.io/component=web")
    assert answer["instance"] in {pod["metadata"]["name"] for pod in kubectl.items("pods", *web)}
    assert answer["deployment"] == deployment_id


def test_given_the_first_admin_when_logging_in_at_their_own_keycloak_then_the_code_counts_once(
    stack: Stack, console: Console, deployment_id: str
) -> None:
    way, password = way_in(console, deployment_id), "a password of the owner's own"
    with launched(stack.state) as chromium:
        page = chromium.new_page()
        found = complaints(page)
        log_in(page, way, f"{way.code}x")
        expect(page.get_by_text("Invalid username or password.")).to_be_visible()
        log_in(page, way, way.code)
        set_password(page, password)
        expect(page).to_have_url(f"{way.console}/backoffice/")
        expect(page.get_by_role("link", name="Vouchers").first).to_be_visible()

        another = chromium.new_page()
        log_in(another, way, way.code)
        expect(another.get_by_text("Invalid username or password.")).to_be_visible()
        ends_within_seconds_of_a_log_out_there(stack, page, way)
        assert not found, found


def test_given_a_sovereign_when_we_are_gone_then_it_takes_releases_from_its_own_git(
    stack: Stack, kubectl: Kubectl, tmp_path: Path
) -> None:
    (source,) = kubectl.items("gitrepositories", "-A")
    assert "gitea" in source["spec"]["url"]
    secret = kubectl.items("secrets", "-n", "gitea", "--field-selector=metadata.name=gitea-admin")
    login = {key: base64.b64decode(text).decode() for key, text in secret[0]["data"].items()}
    (service,) = kubectl.items(
        "services", "-n", "gitea", "--field-selector=metadata.name=gitea-http"
    )
    # The owner's way in; the name would do as well, but its resolver is one of those that are gone.
    site = f"http://{service['spec']['clusterIP']}:3000"
    path = "/api/v1/repos/system/sovereign/contents/infra/clusters/_template/crds/after.yaml"
    made = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: after, namespace: flux-system}\n"
    listed = path.replace("after", "kustomization")
    with (
        stack.without("web", "worker", "beat", "supply"),
        httpx.Client(
            base_url=site, auth=(login["username"], login["password"]), trust_env=False
        ) as owner,
    ):
        inside = base64.b64encode(made.encode()).decode()
        owner.post(path, json={"content": inside, "message": "one more"}).raise_for_status()
        before = owner.get(listed).raise_for_status().json()
        text = base64.b64decode(before["content"]).decode()
        more = text.replace("resources:\n", "resources:\n  - after.yaml\n")
        change = {
            "content": base64.b64encode(more.encode()).decode(),
            "sha": before["sha"],
            "message": "and it is applied",
        }
        owner.put(listed, json=change).raise_for_status()
        kubectl.hurry("crds")
        asked = ("-n", "flux-system", "wait", "--for=create", "configmap/after", "--timeout=55s")
        kubectl(*asked)


def test_given_the_api_server_is_away_for_long_then_no_component_is_said_to_be_in_another_state(
    stack: Stack, console: Console, deployment_id: str
) -> None:
    (server,) = below(psutil.Process(stack.pid("localcloud")), "kube-apiserver")
    before = {name: each["status"] for name, each in components(console, deployment_id).items()}
    refresh = f"/deployments/{deployment_id}/refresh-watch"
    server.send_signal(signal.SIGSTOP)
    try:
        answer = console.post(refresh)
        assert (answer.status_code, answer.json()["type"]) == (504, "seed-timeout")
        now = components(console, deployment_id)
        assert {name: each["status"] for name, each in now.items()} == before
    finally:
        server.send_signal(signal.SIGCONT)
    until(lambda: console.post(refresh).status_code == 202, seconds=60)
    now = components(console, deployment_id)
    assert {name: each["status"] for name, each in now.items()} == before


def test_given_a_customers_own_domain_then_it_moves_and_its_cluster_answers_under_it(
    stack: Stack, console: Console
) -> None:
    stage = Stage(stack.state)
    customer = stage.customer("godaddy-v1", hosted=True, more={"ttl": 1})
    wish = wish_for(
        Cloud(stack.state).token("own-domain"),
        workerCount=0,
        workerSize="",
        sovereignPoolDomain="",
        sovereignSubdomain="",
        sovereignDomainMode="byo-api",
        sovereignFQDN=customer.name,
        registrarType=customer.registrar,
        registrarCredentials=customer.fields,
    )
    deployment_id = console.provision(wish)
    until_ready(console, deployment_id)
    assert stage.domain(customer)["nameservers"] == list(OURS)
    assert healthz(stack, customer.name)["deployment"] == deployment_id
