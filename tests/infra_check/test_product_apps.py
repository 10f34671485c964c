"""Apps in the product's chart: who may do what for them, and what the processes are told."""

from __future__ import annotations

import pytest

from franchise.applications import places
from franchise.organizations.environments.models import Kind
from infra.check.render import Rendered
from tests.infra_check.conftest import DEFAULTS, Kit
from tests.infra_check.test_product_chart import FOLDER, environment_of, workload

APPS = "catalyst-apps"
READ = {"get", "list", "watch"}


@pytest.fixture(scope="module")
def rendered(kit: Kit) -> Rendered:
    return kit.rendered(FOLDER, "laptop")


def test_given_no_apps_when_rendered_then_nobody_has_a_token_or_a_right_for_them(kit: Kit) -> None:
    rendered = kit.rendered(FOLDER, DEFAULTS)
    for kind in ("ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy"):
        assert rendered.of_kind(kind) == []
    for name in ("web", "worker", "beat"):
        pod = workload(rendered, "Deployment", name).body["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        (container,) = workload(rendered, "Deployment", name).containers(init=False)
        assert "CATALYST_GITEA_URL" not in environment_of(rendered, container)


def test_given_apps_when_rendered_then_just_web_and_worker_have_a_token_and_the_account_at_git(
    rendered: Rendered,
) -> None:
    for document in rendered.own():
        if document.pod_template() is None:
            continue
        pod = document.body["spec"]["template"]["spec"]
        theirs = document.name in ("catalyst-web", "catalyst-worker")
        assert pod["automountServiceAccountToken"] is theirs, document.name
        assert (pod["serviceAccountName"] == document.name) is theirs, document.name
        secrets = {(v.get("secret") or {}).get("secretName") for v in pod.get("volumes") or []}
        assert ("gitea-admin" in secrets) is theirs, document.name


def test_given_apps_when_rendered_then_the_product_is_told_where_git_and_cluster_are(
    rendered: Rendered,
) -> None:
    (container,) = workload(rendered, "Deployment", "worker").containers(init=False)
    env = environment_of(rendered, container)
    assert env["CATALYST_GITEA_URL"] == "https://git.omantel.omani.works"
    assert env["CATALYST_KUBERNETES_URL"] == "https://kubernetes.default.svc"
    assert env["CATALYST_CHART_REGISTRY"] == "198.51.100.5:5000/catalyst"
    mounted = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert env["CATALYST_GITEA_LOGIN"] == mounted["git"]


def test_given_the_account_at_git_when_it_is_not_there_yet_then_no_pod_waits_for_it(
    rendered: Rendered,
) -> None:
    pod = workload(rendered, "Deployment", "web").body["spec"]["template"]["spec"]
    (git,) = [each for each in pod["volumes"] if each["name"] == "git"]
    assert git["secret"]["optional"] is True


def test_given_the_rights_on_apps_then_only_the_account_organizations_has_any_everywhere(
    rendered: Rendered,
) -> None:
    (binding,) = rendered.of_kind("ClusterRoleBinding")
    assert [(each["name"], each["namespace"]) for each in binding.body["subjects"]] == [
        ("organizations", APPS)
    ]
    role = rendered.one("ClusterRole", binding.body["roleRef"]["name"])
    for rule in role.body["rules"]:
        assert "secrets" not in rule["resources"]
        if "bind" in rule["verbs"]:
            assert set(rule["resourceNames"]) == {places.DEPLOYER, places.READER}
        assert not {"escalate", "impersonate"} & set(rule["verbs"])


def test_given_what_a_customers_account_may_then_it_makes_neither_rights_nor_room(
    rendered: Rendered,
) -> None:
    role = rendered.one("ClusterRole", places.DEPLOYER)
    changed = {
        resource
        for rule in role.body["rules"]
        if set(rule["verbs"]) - READ
        for resource in rule["resources"]
    }
    assert not changed & {
        "resourcequotas", "limitranges", "roles", "rolebindings", "serviceaccounts", "namespaces",
        "pods", "pods/exec", "kustomizations", "gitrepositories", "helmrepositories", "gateways",
    }  # fmt: skip


def test_given_what_the_console_may_see_of_apps_then_it_changes_nothing_and_reads_no_secret(
    rendered: Rendered,
) -> None:
    role = rendered.one("ClusterRole", places.READER)
    for rule in role.body["rules"]:
        assert set(rule["verbs"]) <= READ and "secrets" not in rule["resources"]


def test_given_the_product_and_its_chart_then_they_mean_the_same_accounts_and_environments(
    kit: Kit, rendered: Rendered
) -> None:
    values = kit.charts[FOLDER].values["apps"]
    assert values["namespace"] == places.FLUX
    assert set(values["environments"]) == set(Kind.values)
    roles = {(each.name, each.namespace) for each in rendered.of_kind("Role")}
    assert {("catalyst-worker", places.FLUX), ("catalyst-organizations", places.FLUX)} <= roles
    names = {each.name for each in rendered.of_kind("ServiceAccount")}
    assert set(places.READERS) <= names and "organizations" in names
