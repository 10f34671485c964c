"""What people and programs see of a cluster: the API, the page, and what controllers said."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import User
from catalyst.limits.services import forgive
from sovereign_wizard.provisioning.models import State
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import SHELL
from tests.integration.sovereign_wizard.cluster.conftest import Watched
from tests.integration.sovereign_wizard.cluster.flux import Flux

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("cluster")]
Browser = Callable[[User], Client]


@pytest.fixture
def owner(watched: Watched, browser: Browser) -> Client:
    forgive(action="retry", key=f"person:{watched.deployment.owner_id}")
    return browser(watched.deployment.owner)


def state(client: Client, watched: Watched) -> Any:
    return client.get(f"/api/v1/deployments/{watched.deployment.pk}/components/state").json()


def refresh(client: Client, watched: Watched) -> tuple[int, Any]:
    answer = client.post(f"/api/v1/deployments/{watched.deployment.pk}/refresh-watch")
    return answer.status_code, answer.json()


def test_given_components_then_the_api_says_what_flux_says_to_whom_it_concerns(
    begun: Watched, flux: Flux, owner: Client, browser: Browser, person: Callable[..., User]
) -> None:
    flux.release("bp-gitea", "bp-cnpg")
    flux.says("HelmRelease", "bp-gitea", "False", "InstallFailed", "timed out: gitea-0")
    begun.advance()
    found = state(owner, begun)
    assert found["watching"] and found["seenAt"] and not found["trouble"]
    assert [stage["name"] for stage in found["stages"]] == ["data", "root"]
    cnpg, gitea = found["components"]
    assert (cnpg["appId"], cnpg["status"], cnpg["lastTransitionAt"]) == ("cnpg", "pending", None)
    assert gitea.pop("lastTransitionAt")
    assert gitea == {
        "appId": "gitea",
        "status": "degraded",
        "helmReleaseName": "bp-gitea",
        "namespace": "flux-system",
        "message": "timed out: gitea-0",
        "dependsOn": ["cnpg"],
        "stubbed": False,
        "stuck": "",
    }
    path = f"/api/v1/deployments/{begun.deployment.pk}"
    stranger = browser(person("stranger@example.com"))
    assert stranger.get(f"{path}/components/state").status_code == 404
    assert stranger.post(f"{path}/refresh-watch").status_code == 404
    assert Client().get(f"{path}/components/state").status_code == 401
    assert Client().post(f"{path}/refresh-watch").status_code in {401, 403}


def test_given_a_new_look_is_asked_for_then_the_answer_says_who_watches(
    watched: Watched, flux: Flux, owner: Client
) -> None:
    status, problem = refresh(owner, watched)
    assert (status, problem["type"]) == (409, "watch-not-resumable")
    flux.source()
    flux.fetched()
    flux.stage("data")
    flux.brings("data", "Unknown", "bp-gitea")
    flux.release("bp-gitea")
    flux.says("HelmRelease", "bp-gitea", "False", "RetriesExceeded", "no image", stalled=True)
    watched.advance()
    status, found = refresh(owner, watched)
    assert (status, found["alreadyActive"], found["seededAt"]) == (200, True, None)
    watched.post_kubeconfig()
    assert watched.advance().state == State.FAILED

    status, found = refresh(owner, watched)
    assert (status, found["watching"], found["components"][0]["status"]) == (202, False, "failed")
    assert found["seededAt"]
    server = flux.cluster.members()["apiserver"]
    server.send_signal(signal.SIGSTOP)
    try:
        status, problem = refresh(owner, watched)
    finally:
        server.send_signal(signal.SIGCONT)
    assert (status, problem["type"]) == (504, "seed-timeout")
    assert "says nothing" in state(owner, watched)["trouble"]
    page = owner.get(f"/sovereign/deployments/{watched.deployment.pk}/").text
    assert "this is how things were when it did" in page and "no image" in page

    flux.installed("bp-gitea")
    status, found = refresh(owner, watched)
    assert (status, found["watching"], found["alreadyActive"]) == (202, True, False)
    watched.deployment.refresh_from_db()
    assert watched.deployment.state == State.RUNNING and watched.deployment.runs.count() == 2


def test_given_components_then_the_page_shows_them_and_changes_when_they_do(
    begun: Watched, flux: Flux, owner: Client
) -> None:
    url = f"/sovereign/deployments/{begun.deployment.pk}/"
    flux.release("bp-gitea")
    flux.says("HelmRelease", "bp-gitea", "False", "InstallFailed", "<b>timed out</b>: gitea-0")
    begun.advance()
    page = owner.get(url)
    assert "0 of 2 installed" in page.text and "&lt;b&gt;timed out" in page.text
    seen = page.context["overview"].version

    def again() -> Any:
        return owner.get(f"{url}?seen={seen}", headers={"HX-Request": "true"})

    assert again().status_code == 204
    flux.installed("bp-gitea")
    begun.advance()
    assert "1 of 2 installed" in again().text


def test_given_controllers_speak_then_their_words_stand_once_beside_their_component(
    begun: Watched, flux: Flux
) -> None:
    flux.release("bp-gitea")
    begun.advance()
    flux.event("bp-gitea", "Warning", "InstallFailed", "timed out: gitea-0")
    flux.event("bp-else", "Warning", "InstallFailed", "not ours")
    about = {"name": "bp-gitea", "namespace": "flux-system"}
    said = [
        {"level": "error", "ts": stamp(), "msg": "Reconciler error", "HelmRelease": about}
        | {"error": "no image"},
        {"level": "info", "ts": stamp(), "msg": "all is well"},
        {"level": "info", "ts": "2020-01-01T00:00:00Z", "msg": "long ago", "HelmRelease": about},
    ]
    flux.cluster.kubectl(
        "apply", "-f", "-", told=json.dumps(controller([json.dumps(line) for line in said]))
    )

    def words() -> list[tuple[str, str, str]]:
        begun.advance()
        return [
            (entry["source"], entry["level"], entry["text"])
            for entry in begun.log
            if entry["data"] == {"component": "gitea"}
        ]

    expected = [
        ("helm-controller", "warn", "gitea: InstallFailed: timed out: gitea-0"),
        ("helm-controller", "warn", "gitea: Reconciler error: no image"),
    ]
    until(lambda: len(words()) >= 2, seconds=30)
    assert words() == expected
    flux.cluster.kubectl("-n", "flux-system", "delete", "pod", "helm-controller", "--wait=false")


def stamp() -> str:
    """As Flux's controllers write it: milliseconds, UTC."""
    return timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def controller(lines: list[str]) -> dict[str, Any]:
    """A Pod that says what helm-controller would and stays."""
    script = "; ".join(f"echo '{line}'" for line in lines) + "; exec sleep 600"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "helm-controller",
            "namespace": "flux-system",
            "labels": {"app": "helm-controller"},
        },
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "manager", "image": SHELL, "args": [script]}],
        },
    }
