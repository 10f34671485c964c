"""The chart of Catalyst itself: its settings are real ones, and nothing it needs is missing."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from catalyst.settings.environment import Environment
from infra.check import graph, policies, render
from infra.check.documents import Document
from infra.check.render import Rendered
from tests.infra_check.conftest import DEFAULTS, Kit

FOLDER = "catalyst"
SETS = (DEFAULTS, "zero", "laptop", "openbao")
NAMESPACE = "release-space"
# What no object of the chart makes, and who does: see the chart's README.
FROM_OUTSIDE = {
    DEFAULTS: {
        "first-admin": "cloud-init",
        "keycloak-client-catalyst": "bp-keycloak",
        "keycloak-client-catalyst-people": "bp-keycloak",
        "valkey-auth": "bp-valkey",
    },
    "zero": {
        "catalyst-console-client": "whoever runs the issuer",
        "catalyst-postgresql": "whoever runs the database",
        "catalyst-postgresql-app": "whoever runs the database",
        "catalyst-tofu-db": "whoever runs the database",
        "valkey-auth": "bp-valkey",
    },
    "openbao": {
        "first-admin": "cloud-init",
        "keycloak-client-catalyst": "bp-keycloak",
        "keycloak-client-catalyst-people": "bp-keycloak",
        "openbao-catalyst-web": "whoever runs OpenBao",
        "openbao-catalyst-worker": "whoever runs OpenBao",
        "valkey-auth": "bp-valkey",
    },
    "laptop": {
        "first-admin": "cloud-init",
        "ghcr-pull": "cloud-init",
        "keycloak-client-catalyst": "bp-keycloak",
        "keycloak-client-catalyst-people": "bp-keycloak",
        "local-redis": "the local cloud",
    },
}
# Values that stand for what a Secret outside the chart holds.
HELD = {
    "CATALYST_DATABASE_URL": "postgresql://catalyst:x@catalyst-db-rw:5432/catalyst",
    "CATALYST_REDIS_URL": "redis://:x@valkey.valkey.svc.cluster.local:6379/0",
    "CATALYST_TOFU_DATABASE_URL": "postgresql://tofu:x@db:5432/tofu",
    "CATALYST_POWERDNS_API_KEY": "key",
    "CATALYST_OIDC_CLIENT_SECRET": "secret",
    "CATALYST_PEOPLE_CLIENT_SECRET": "secret",
}


def environment_of(rendered: Rendered, container: Mapping[str, Any]) -> dict[str, str]:
    """What a process of that container would find in its environment."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= rendered.one("ConfigMap", source["configMapRef"]["name"]).body["data"]
    for each in container.get("env", []):
        reference = (each.get("valueFrom") or {}).get("secretKeyRef")
        if reference and reference["name"] == "catalyst-keys":
            data = rendered.one("Secret", "catalyst-keys").body["data"]
            found[each["name"]] = base64.b64decode(data[reference["key"]]).decode()
        elif each["name"] in HELD:
            found[each["name"]] = HELD[each["name"]]
    return found


def workload(rendered: Rendered, kind: str, name: str) -> Document:
    return rendered.one(kind, f"catalyst-{name}")


@pytest.mark.parametrize("values", SETS)
def test_given_the_rendered_settings_when_the_product_reads_them_then_it_would_start(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, values: str
) -> None:
    rendered = kit.rendered(FOLDER, values)
    (container,) = workload(rendered, "Deployment", "web").containers(init=False)
    env = environment_of(rendered, container)
    fields = {f"CATALYST_{name.upper()}" for name in Environment.model_fields}
    assert {name for name in env if name.startswith("CATALYST_")} <= fields
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    read = Environment()
    assert env["DJANGO_SETTINGS_MODULE"] == "catalyst.settings.production"
    assert read.public_url.startswith("https://console.")
    assert read.trusted_proxy
    # Somebody else says who people are; production would refuse both at once.
    assert read.oidc_issuer.startswith("https://auth.") and not read.local_login


@pytest.mark.parametrize("values", SETS)
def test_given_every_process_when_compared_then_all_have_the_same_settings(
    kit: Kit, values: str
) -> None:
    rendered = kit.rendered(FOLDER, values)
    for document in rendered.own():
        for container in document.containers():
            env = environment_of(rendered, container)
            assert env["CATALYST_VAULT_KEY"] and env["CATALYST_DATABASE_URL"], str(document)


@pytest.mark.parametrize("values", SETS)
def test_given_the_secrets_it_uses_when_followed_then_fault_9_each_is_made_or_promised(
    kit: Kit, values: str
) -> None:
    documents = kit.rendered(FOLDER, values).documents
    made = {name for _, name in graph.secrets_made(documents, NAMESPACE)}
    used = {name for _, name in graph.secrets_used(documents, NAMESPACE)}
    assert used - made == set(FROM_OUTSIDE[values])


def test_given_the_chart_when_rendered_then_fault_9_image_and_names_come_from_values(
    kit: Kit,
) -> None:
    rendered = kit.template(
        FOLDER,
        settings={
            "image": {"registry": "registry.example:5000", "tag": "9.8.7"},
            "global": {"sovereignFQDN": "a.example"},
        },
    )
    own = rendered.own()
    images = {container["image"] for document in own for container in document.containers()}
    assert images == {"registry.example:5000/openova-io/catalyst:9.8.7"}
    assert "sovereign.invalid" not in str([document.body for document in own])


def test_given_the_version_of_the_product_when_compared_then_the_chart_installs_that_one(
    kit: Kit,
) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert kit.charts[FOLDER].meta["appVersion"] == project["version"]


def test_given_the_route_when_read_then_fault_8_every_host_leads_to_the_console(kit: Kit) -> None:
    rendered = kit.rendered(FOLDER, "laptop")
    route, service = rendered.one("HTTPRoute", "catalyst"), rendered.one("Service", "catalyst-web")
    fqdn = "omantel.omani.works"
    hosts = [f"console.{fqdn}", fqdn, f"marketplace.{fqdn}", f"admin.{fqdn}"]
    assert route.spec["hostnames"] == hosts
    assert rendered.one("ConfigMap", "catalyst-settings").body["data"][
        "CATALYST_ALLOWED_HOSTS"
    ] == ",".join(hosts)
    (backend,) = route.spec["rules"][0]["backendRefs"]
    assert backend["name"] == service.name
    assert backend["port"] == service.spec["ports"][0]["port"]
    web = workload(rendered, "Deployment", "web").pod_template()
    assert web is not None
    assert policies.selects({"matchLabels": service.spec["selector"]}, web["metadata"]["labels"])


def test_given_the_route_and_the_gateway_when_put_together_then_the_listeners_are_there(
    kit: Kit,
) -> None:
    gateway = kit.rendered("gateway").one("Gateway", "catalyst")
    listeners = {listener["name"] for listener in gateway.spec["listeners"]}
    for parent in kit.rendered(FOLDER).one("HTTPRoute", "catalyst").spec["parentRefs"]:
        assert parent["name"] == gateway.name
        assert parent["sectionName"] in listeners


def test_given_an_installation_when_rendered_then_the_schema_is_made_beside_and_waited_for(
    kit: Kit,
) -> None:
    rendered = kit.rendered(FOLDER)
    (job,) = (each for each in rendered.of_kind("Job") if "migrate-first" in each.name)
    assert "helm.sh/hook" not in job.annotations, "a hook would run before the database exists"
    for name in ("web", "worker", "beat"):
        first, *_ = workload(rendered, "Deployment", name).containers()
        assert first["command"] == ["python", "manage.py", "wait_for_schema"]


def test_given_an_upgrade_when_rendered_then_the_schema_is_changed_before_anything_else(
    kit: Kit,
) -> None:
    rendered = kit.template(FOLDER, upgrade=True)
    hook = workload(rendered, "Job", "migrate")
    assert hook.annotations["helm.sh/hook"] == "pre-upgrade"
    assert hook.annotations["helm.sh/hook-delete-policy"] == "before-hook-creation"
    others = [document for document in rendered.own() if document is not hook]
    assert not any("helm.sh/hook" in document.annotations for document in others), (
        "helm would delete and make anew what a hook is: no Secret and no database"
    )


@pytest.mark.parametrize("part", ["first-admin", "migrate-first"])
def test_given_a_changed_value_when_rendered_then_a_job_that_cannot_change_has_another_name(
    kit: Kit, part: str
) -> None:
    def job(**settings: Any) -> str:
        rendered = kit.template(FOLDER, settings=settings)
        return next(each.name for each in rendered.of_kind("Job") if part in each.name)

    assert job() == job()
    assert job() != job(image={"tag": "9.8.7"})


@pytest.mark.parametrize(
    ("told", "read"), [(None, ()), ("", ()), ("ghost,wordpress", ("ghost", "wordpress"))]
)
def test_w25_given_apps_when_rendered_then_the_product_reads_just_these(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, told: str | None, read: tuple[str, ...]
) -> None:
    rendered = kit.template(FOLDER, settings={"catalog": {"preselectedApps": told}})
    assert rendered.one("ConfigMap", "catalog-sovereign")
    (container,) = workload(rendered, "Deployment", "web").containers(init=False)
    for name, value in environment_of(rendered, container).items():
        monkeypatch.setenv(name, value)
    assert Environment().preselected_apps == read


@pytest.mark.parametrize("told", ["Two Words", "a,,b", "a;b", "a\nb"])
def test_given_what_are_no_apps_then_the_chart_refuses_them(kit: Kit, told: str) -> None:
    with pytest.raises(render.HelmRefused):
        kit.template(FOLDER, settings={"catalog": {"preselectedApps": told}})


def test_given_a_changed_setting_when_rendered_then_pods_are_started_anew(kit: Kit) -> None:
    def checksum(**settings: Any) -> str:
        rendered = kit.template(FOLDER, settings=settings)
        template = workload(rendered, "Deployment", "web").pod_template()
        assert template is not None
        return str(template["metadata"]["annotations"]["checksum/settings"])

    assert checksum() == checksum()
    assert checksum() != checksum(**{"global": {"deploymentId": "other"}})
    assert checksum() != checksum(catalog={"preselectedApps": "ghost"})


def test_given_the_rights_when_read_then_fault_24_they_end_at_the_own_namespace(kit: Kit) -> None:
    """Those that have to do with Apps: test_product_apps."""
    for values in SETS:
        settings = {"apps": {"enabled": False}}
        rendered = kit.template(FOLDER, values, settings=settings)
        assert not rendered.of_kind("ClusterRole") and not rendered.of_kind("ClusterRoleBinding")
        for role in rendered.of_kind("Role"):
            assert all(
                set(rule["verbs"]) <= {"get", "list", "watch"} for rule in role.body["rules"]
            )
            assert not any("secrets" in rule["resources"] for rule in role.body["rules"])


def test_given_the_right_to_make_people_then_web_has_not_got_it(kit: Kit) -> None:
    rendered = kit.rendered(FOLDER)
    trusted = {
        container["name"]
        for document in rendered.own()
        for container in document.containers()
        if any(each["name"].startswith("CATALYST_PEOPLE") for each in container.get("env", []))
    }
    assert trusted == {"worker", "first-admin"}


def test_given_the_chart_when_read_then_fault_1_and_fault_15_it_holds_the_product_alone(
    kit: Kit,
) -> None:
    chart = kit.charts[FOLDER]
    assert chart.dependencies == ()
    assert not (chart.path / "crds").exists()
    assert not kit.rendered(FOLDER).of_kind("CustomResourceDefinition")


@pytest.mark.parametrize(
    "settings",
    [
        {"role": "king"},
        {"global": {"sovereignFQDN": "Not A Name"}},
        {"image": {"tag": "latest"}},
        {"database": {"managed": False, "secret": {"name": ""}}},
        {"database": {"managed": False, "secret": {"name": "owner"}}},
        {"web": {"replicas": 0}},
        {"redis": {"port": "6379"}},
        {"identity": {"issuer": "http://auth.a.example/realms/a"}},
        {"networkPolicy": {"gateway": "nobody"}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_given_values_that_cannot_work_when_rendered_then_the_schema_refuses_them(
    kit: Kit, settings: dict[str, Any]
) -> None:
    with pytest.raises(render.HelmRefused, match="meet the specifications"):
        kit.template(FOLDER, settings=settings)
