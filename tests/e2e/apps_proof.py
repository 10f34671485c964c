"""Apps on a real Sovereign: from a repository at its Git to a page under its name, and what is
refused on the way.

Takes minutes, so it is run by its name and not with all the others: `make apps-proof`.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from catalyst.embedded.demo.path import Cloud
from franchise.applications import files, places
from tests.e2e.apps_world import NAMESPACE, ORGANIZATION, Sovereign
from tests.e2e.cluster_proof import PATIENCE_SECONDS, until_ready
from tests.e2e.cluster_proof import kubectl as kubectl
from tests.e2e.cluster_proof import stack as stack
from tests.e2e.cluster_world import Kubectl, Stack
from tests.e2e.conftest import Console, wish_for
from tests.integration.internet.running import until

pytestmark = [pytest.mark.xdist_group("e2e-cluster"), pytest.mark.slow]

USER = "owner"
DATABASE = files.Rest("postgres", "prod-postgres-rw", 5432, "miniflux", "prod-postgres-miniflux")


@pytest.fixture(scope="module")
def console(stack: Stack) -> Console:
    return Console(stack.state, ("catalyst-operator", "member"))


@pytest.fixture(scope="module")
def deployment_id(stack: Stack, console: Console) -> str:
    token = Cloud(stack.state).token("apps")
    return console.provision(wish_for(token, workerCount=0, workerSize=""))


@pytest.fixture(scope="module")
def sovereign(stack: Stack, console: Console, deployment_id: str, kubectl: Kubectl) -> Sovereign:
    until_ready(console, deployment_id)
    return Sovereign(stack, kubectl, console.deployment(deployment_id)["sovereignFQDN"])


@pytest.fixture(scope="module")
def apps(sovereign: Sovereign) -> dict[str, files.Told]:
    """Three repositories, and nothing else of them: the rest is Flux's and Helm's to do."""
    found = [
        sovereign.told("radicale"),
        sovereign.told("postgres", has_page=False, consumers=("miniflux",)),
        sovereign.told("miniflux", rests=(DATABASE,)),
    ]
    with sovereign.gitea() as gitea:
        sovereign.settle(gitea, *found)
    for each in found:
        until(lambda name=each.name: sovereign.ready(name), seconds=PATIENCE_SECONDS)
    return {each.name: each for each in found}


def password(sovereign: Sovereign, app: files.Told) -> str:
    """Made in the cluster, and in nobody's Git."""
    return sovereign.secret(NAMESPACE, app.secret)["admin-password"]


def refused(sovereign: Sovereign, found: dict[str, Any], *by: str) -> str:
    """Why the API server does not take an object."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [found]}
    words = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", *by, "-f", "-")
    with pytest.raises(AssertionError) as error:
        sovereign.kubectl(*words, told=yaml.safe_dump(listed))
    return str(error.value)


def of(app: files.Told, kind: str) -> dict[str, Any]:
    """An object of its repository."""
    texts = [text for name, text in files.repository(app).items() if name.endswith(".yaml")]
    (found,) = [
        each
        for text in texts
        for each in yaml.safe_load_all(text)
        if each.get("kind") == kind and each["metadata"].get("name") == app.release
    ]
    found["metadata"]["namespace"] = NAMESPACE
    return copy.deepcopy(found)


def test_given_a_repository_when_flux_took_it_then_the_app_answers_under_its_name_by_tls(
    sovereign: Sovereign, apps: dict[str, files.Told]
) -> None:
    calendar = apps["radicale"]
    until(lambda: sovereign.visit(calendar, "/.web/").status_code == 200, seconds=PATIENCE_SECONDS)
    login = (USER, password(sovereign, calendar))
    made = sovereign.visit(calendar, f"/{USER}/work/", method="MKCALENDAR", auth=login)
    assert made.status_code == 201
    assert sovereign.visit(calendar, f"/{USER}/", auth=(USER, "another")).status_code == 401


def test_given_an_app_with_a_database_then_its_owner_logs_in_at_it(
    sovereign: Sovereign, apps: dict[str, files.Told]
) -> None:
    news = apps["miniflux"]
    login = (USER, password(sovereign, news))
    until(lambda: sovereign.visit(news, "/healthcheck").status_code == 200, seconds=60)
    told = sovereign.visit(news, "/v1/me", auth=login).raise_for_status().json()
    assert told["username"] == USER


def test_given_apps_that_run_then_no_pod_of_theirs_is_made_believe(
    sovereign: Sovereign, apps: dict[str, files.Told]
) -> None:
    pods = sovereign.kubectl.items("pods", "-n", NAMESPACE)
    assert len(pods) == len(apps)
    for pod in pods:
        assert "catalyst.openova.io/simulated" not in (pod["metadata"].get("annotations") or {})


def test_given_a_change_in_git_when_it_is_pushed_then_it_is_what_runs(
    sovereign: Sovereign, apps: dict[str, files.Told]
) -> None:
    news = apps["miniflux"]
    other = sovereign.told("miniflux", rests=(DATABASE,), config={"poll_minutes": 7})
    with sovereign.gitea() as gitea:
        sovereign.commit(gitea, f"{ORGANIZATION}/miniflux", files.repository(other))
    for kind in ("gitrepository", "kustomization"):
        mark = "reconcile.fluxcd.io/requestedAt=a-push"
        sovereign.kubectl("-n", places.FLUX, "annotate", f"{kind}/{news.label}", mark)

    def runs() -> bool:
        words = ("get", "deployment", news.release, "-o", "yaml")
        return 'value: "7"' in sovereign.kubectl("-n", NAMESPACE, *words)

    until(runs, seconds=PATIENCE_SECONDS)


def test_given_what_an_organization_may_not_then_the_sovereigns_cluster_refuses_it(
    sovereign: Sovereign, apps: dict[str, files.Told]
) -> None:
    """More of the same, and quicker: tests/integration/localcloud/cluster/test_app_rights.py."""
    own = f"--as=system:serviceaccount:{places.FLUX}:{NAMESPACE}"
    route = of(apps["radicale"], "HTTPRoute")
    route["spec"]["hostnames"] = [f"console.{sovereign.fqdn}"]
    assert "its names must be" in refused(sovereign, route, own)
    release = of(apps["radicale"], "HelmRelease")
    release["spec"]["chart"]["spec"] |= {"chart": "bp-app-radicale", "version": "1.0.0"}
    del release["spec"]["serviceAccountName"]
    assert "must be apps" in refused(sovereign, release, own)
    (quota,) = sovereign.kubectl.items("resourcequotas", "-n", NAMESPACE)
    wanted = {key: quota[key] for key in ("apiVersion", "kind")}
    wanted |= {"metadata": {"name": quota["metadata"]["name"], "namespace": NAMESPACE}}
    wanted["spec"] = {"hard": {"pods": "1000"}}
    assert "cannot patch resource" in refused(sovereign, wanted, own)
