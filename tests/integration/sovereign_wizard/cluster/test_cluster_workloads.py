"""What workloads of a release say, releases as jobs, and the product's own proof in its cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from django.test import Client

from catalyst.identity.models import User
from catalyst.vault import services as vault
from catalyst.work.steps import Done, Wait
from sovereign_wizard.cluster import product, services
from sovereign_wizard.provisioning.models import State
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import (
    ECHO,
    PROBE,
    Cluster,
    Space,
    deployment,
    job,
)
from tests.integration.sovereign_wizard.cluster.conftest import Watched
from tests.integration.sovereign_wizard.cluster.flux import Flux

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("cluster")]
Browser = Callable[[User], Client]
STUBBED = {"appVersion": "1.2.3-upstream-stubbed"}


@pytest.fixture
def space(flux: Flux, request: pytest.FixtureRequest) -> Iterator[Space]:
    """Where the workloads of a release are, or the product."""
    name = getattr(request, "param", "cnpg-system")
    cluster: Cluster = flux.cluster
    yield cluster.space(name)
    cluster.kubectl("delete", "namespace", name, "--timeout=40s")


def snapshot(**more: str) -> dict[str, Any]:
    """An entry of a release's history, as helm-controller keeps it."""
    return {
        "chartName": "bp-cnpg",
        "chartVersion": "1.0.0",
        "configDigest": "sha256:0",
        "deployed": "2026-01-01T00:00:00Z",
        "digest": "sha256:0",
        "firstDeployed": "2026-01-01T00:00:00Z",
        "lastDeployed": "2026-01-01T00:00:00Z",
        "name": "cnpg",
        "namespace": "cnpg-system",
        "status": "deployed",
        "version": 1,
        **more,
    }


def test_given_pods_that_do_not_get_on_then_their_reasons_are_in_the_wait_the_log_and_the_page(
    begun: Watched, flux: Flux, space: Space, browser: Browser
) -> None:
    labels = {"app.kubernetes.io/instance": "cnpg"}
    missing = {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "not-there", "key": "x"}}}
    hook = job("cnpg-hook", "exit 7")
    hook["spec"]["template"]["metadata"] = {"labels": labels}
    wanting = deployment("wanting", {"env": [missing]})
    wanting["spec"]["template"]["metadata"]["labels"] |= labels
    other = deployment("other", {"env": [missing]})
    other["spec"]["template"]["metadata"]["labels"] |= {"app.kubernetes.io/instance": "other"}
    space.apply(hook, wanting, other)
    flux.release("bp-cnpg", target=space.name)
    flux.says("HelmRelease", "bp-cnpg", "Unknown", "Progressing", "Running 'install' action")
    begun.advance()

    def stuck() -> str:
        begun.advance()
        return str(begun.deployment.components.get(name="bp-cnpg").stuck)

    until(lambda: "CreateContainerConfigError" in stuck() and "code 7" in stuck(), seconds=40)
    told = stuck()
    assert "Pod cnpg-hook-" in told and "main ended with code 7" in told
    assert "not-there" in told and "Pod other-" not in told
    assert told.split(";")[0] in begun.advance().reason
    assert any(told in entry["text"] and entry["level"] == "warn" for entry in begun.log)
    page = browser(begun.deployment.owner).get(f"/sovereign/deployments/{begun.deployment.pk}/")
    assert "CreateContainerConfigError" in page.text

    flux.installed("bp-cnpg")
    begun.advance()
    assert begun.deployment.components.get(name="bp-cnpg").stuck == ""


def test_given_a_chart_whose_upstream_is_a_stub_then_page_api_and_log_say_so(
    begun: Watched, flux: Flux, browser: Browser
) -> None:
    flux.release("bp-cnpg")
    flux.release("bp-gitea")
    whole = {"ready": "True", "reason": "InstallSucceeded", "message": "Helm install succeeded"}
    flux.says("HelmRelease", "bp-cnpg", **whole, history=[snapshot(**STUBBED)])
    flux.says("HelmRelease", "bp-gitea", **whole, history=[snapshot(appVersion="1.26.0")])
    begun.advance()
    owner = browser(begun.deployment.owner)
    page = owner.get(f"/sovereign/deployments/{begun.deployment.pk}/").text
    assert page.count("upstream stubbed (offline)") == 1
    found = owner.get(f"/api/v1/deployments/{begun.deployment.pk}/components/state").json()
    assert [each["stubbed"] for each in found["components"]] == [True, False]
    said = [entry["text"] for entry in begun.log if "stubbed" in entry["text"]]
    assert said == ["[installed] cnpg: Helm install succeeded (upstream stubbed (offline))"]


def test_given_releases_then_each_is_a_job_after_those_it_needs_with_its_own_lines(
    begun: Watched, flux: Flux, browser: Browser, person: Callable[..., User]
) -> None:
    owner = browser(begun.deployment.owner)
    path = f"/api/v1/deployments/{begun.deployment.pk}/jobs"

    def jobs() -> dict[str, Any]:
        return {each["jobName"]: each for each in owner.get(path).json()["jobs"]}

    flux.release("bp-gitea", "bp-cnpg")
    flux.release("bp-cnpg")
    flux.says("HelmRelease", "bp-cnpg", "Unknown", "Progressing", "Running 'install' action")
    begun.advance()
    found = jobs()
    gitea, cnpg = found["install-gitea"], found["install-cnpg"]
    assert (gitea["status"], gitea["dependsOn"], gitea["startedAt"]) == (
        "pending",
        ["install-cnpg"],
        None,
    )
    assert gitea["latestExecutionId"] is None
    assert (cnpg["status"], cnpg["batchId"], cnpg["appId"]) == ("running", "bootstrap-kit", "cnpg")

    flux.says("HelmRelease", "bp-cnpg", "False", "InstallFailed", "timed out: cnpg-0")
    flux.event("bp-cnpg", "Warning", "InstallFailed", "cnpg-0 is not ready")
    begun.advance()
    assert jobs()["install-cnpg"]["status"] == "running"  # Flux tries again
    flux.installed("bp-cnpg")
    begun.advance()
    cnpg = jobs()["install-cnpg"]
    assert cnpg["status"] == "succeeded" and cnpg["finishedAt"] and cnpg["startedAt"]
    log_path = f"/api/v1/actions/executions/{cnpg['latestExecutionId']}/logs"
    log = owner.get(log_path).json()
    lines = [line["message"] for line in log["lines"]]
    assert log["executionFinished"] and log["total"] == len(lines)
    assert any("cnpg-0 is not ready" in line for line in lines)
    assert lines[-1].startswith("[installed] cnpg") and not any("gitea" in line for line in lines)
    one = owner.get(f"{path}/{cnpg['id']}").json()
    assert [each["id"] for each in one["executions"]] == [cnpg["latestExecutionId"]]
    assert browser(person("other@example.com")).get(log_path).status_code == 404


@pytest.mark.parametrize("space", ["catalyst-system"], indirect=True)
def test_given_the_first_admins_job_then_its_phase_waits_for_its_good_end_and_says_why(
    begun: Watched, flux: Flux, space: Space
) -> None:
    flux.release("bp-cnpg")
    flux.release("bp-gitea")
    flux.installed("bp-cnpg", "bp-gitea")
    for stage, brought in (("root", {"stages": ("data",)}), ("data", {})):
        flux.brings(stage, "True", *(() if brought else ("bp-cnpg", "bp-gitea")), **brought)

    def advance() -> str:
        row = begun.advance(
            "first-admin", tls=lambda _: Done(), verify=lambda _: Wait("Next is verify.", 60)
        )
        return str(row.reason)

    assert "is not there yet" in advance()
    labels = {
        "app.kubernetes.io/name": "catalyst",
        "app.kubernetes.io/component": "first-admin",
    }

    def made(name: str, script: str) -> dict[str, Any]:
        whole = job(name, script)
        whole["metadata"]["labels"] = labels
        return whole

    tries = made("tries", "echo earlier; echo auth.a.example does not answer; exit 1")
    tries["spec"] |= {"backoffLimit": 50}
    tries["spec"]["template"]["spec"] |= {"restartPolicy": "OnFailure"}
    (container,) = tries["spec"]["template"]["spec"]["containers"]
    container["terminationMessagePolicy"] = "FallbackToLogsOnError"
    space.apply(tries)
    said = until(lambda: text if "ended with code 1" in (text := advance()) else "", seconds=40)
    assert said.endswith("(auth.a.example does not answer)."), said
    space.kubectl("delete", "job", "tries")
    space.apply(made("first", "exit 3"))
    until(lambda: "gave up" in advance(), seconds=40)
    # Another version of the chart brings another Job.
    space.apply(made("second", "exit 0"))
    until(lambda: "Next is verify" in advance(), seconds=40)
    assert begun.deployment.state == State.WAITING


@pytest.mark.parametrize("space", ["catalyst-system"], indirect=True)
def test_given_pods_that_serve_then_they_are_those_ready_and_no_others(
    begun: Watched, flux: Flux, space: Space
) -> None:
    begun.advance()
    labels = {"app.kubernetes.io/name": "catalyst", "app.kubernetes.io/component": "web"}
    whole = deployment("web", {"image": ECHO, "readinessProbe": PROBE})
    whole["spec"]["selector"]["matchLabels"] |= labels
    whole["spec"]["template"]["metadata"]["labels"] |= labels
    space.apply(whole, deployment("worker", {"image": ECHO}))
    space.rolled_out("deployment/web")
    serving = services.ask(begun.deployment, product.serving)
    assert serving == {space.pod("web")["metadata"]["name"]}


def test_given_a_kubeconfig_that_leads_elsewhere_when_posted_then_it_is_refused_and_not_kept(
    watched: Watched, flux: Flux, client: Client
) -> None:
    watched.advance()  # now the addresses are known
    text = yaml.safe_load(flux.kubeconfig)
    path = f"/api/v1/deployments/{watched.deployment.pk}/kubeconfig"
    bearer = vault.get(watched.deployment.secrets["callback-bearer"]).reveal()
    headers = {"Authorization": f"Bearer {bearer}"}

    def post(server: str) -> Any:
        text["clusters"][0]["cluster"]["server"] = server
        body = yaml.safe_dump(text).encode()
        return client.put(path, body, content_type="application/yaml", headers=headers)

    for server in ("https://203.0.113.99:6443", "http://" + flux.cluster.address):
        answer = post(server)
        assert (answer.status_code, answer.json()["type"]) == (422, "kubeconfig-refused")
    assert not services.has_kubeconfig(watched.deployment)
    assert post(f"https://{flux.cluster.address}:6443").status_code == 204
    assert services.has_kubeconfig(watched.deployment)
