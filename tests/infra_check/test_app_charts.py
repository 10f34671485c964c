"""Charts of Apps: they take what every App's repository says, and no more room than is counted."""

from __future__ import annotations

from typing import Any

import pytest

from catalyst.blueprints.apps import App, apps
from infra.check import charts
from infra.check.charts import Chart
from infra.check.documents import Document
from tests.infra_check.conftest import Kit

EVERY = charts.applications()
NAME = "prod-it"
MIB = {"Mi": 1, "Gi": 1024}
pytestmark = pytest.mark.parametrize("chart", EVERY, ids=[each.folder for each in EVERY])


def app_of(chart: Chart) -> App:
    return apps()[chart.folder.removeprefix("app-")]


def said_by_a_repository(chart: Chart) -> dict[str, Any]:
    """What is the same for all Apps; a backing service has neither a name nor secrets."""
    app = app_of(chart)
    page = {"host": "acme-prod-it.omantel.omani.works", "secretName": NAME} if app.has_page else {}
    return {"fullnameOverride": NAME, **page}


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    return [each for each in documents if each.kind in kinds]


def test_given_a_name_when_rendered_then_service_and_pods_are_called_so(
    chart: Chart, kit: Kit
) -> None:
    found = kit.template(chart.folder, settings=said_by_a_repository(chart)).own()
    (runs,) = of_kind(found, "Deployment", "Cluster")
    assert runs.name == NAME
    services = [(each.name, [p["port"] for p in each.spec["ports"]]) for each in found
                if each.kind == "Service"]  # fmt: skip
    # CloudNativePG makes those of a database.
    assert services == ([(NAME, [80])] if app_of(chart).has_page else [])


def test_given_its_figures_in_the_catalogue_when_rendered_then_it_asks_for_just_that(
    chart: Chart, kit: Kit
) -> None:
    found = kit.template(chart.folder, settings=said_by_a_repository(chart)).own()
    usage = app_of(chart).usage
    (runs,) = of_kind(found, "Deployment", "Cluster")
    if runs.kind == "Cluster":
        asked, disk = [runs.spec["resources"]], gib(runs.spec["storage"]["size"])
    else:
        asked = [each["resources"] for each in runs.containers()]
        volumes = of_kind(found, "PersistentVolumeClaim")
        disk = sum(gib(each.spec["resources"]["requests"]["storage"]) for each in volumes)
        assert runs.spec["strategy"] == {"type": "Recreate"}, "two at a time count twice"
    for each in asked:
        wanted = f"{usage.memory}Mi"
        assert (each["requests"]["memory"], each["limits"]["memory"]) == (wanted, wanted)
        assert each["requests"]["cpu"] == f"{usage.cpu}m"
    assert disk <= usage.disk


def gib(text: str) -> float:
    return int(text[:-2]) * MIB[text[-2:]] / 1024


def test_given_the_secrets_it_names_when_rendered_then_it_reads_no_others_of_its_own(
    chart: Chart, kit: Kit
) -> None:
    found = kit.template(chart.folder, settings=said_by_a_repository(chart)).own()
    read = {
        reference["key"]
        for each in of_kind(found, "Deployment")
        for container in each.containers()
        for entry in container.get("env") or []
        if (reference := (entry.get("valueFrom") or {}).get("secretKeyRef"))
        if reference["name"] == NAME
    }
    assert read == set(app_of(chart).secrets)


def test_given_a_customer_s_rights_when_rendered_then_there_is_nothing_that_they_cannot_make(
    chart: Chart, kit: Kit
) -> None:
    """What an Organization's account may make: the ClusterRole of bp-catalyst."""
    (role,) = [
        each
        for each in kit.rendered("catalyst", "laptop").own()
        if (each.kind, each.name) == ("ClusterRole", "catalyst-app-deployer")
    ]
    may = {(group, what) for rule in role.body["rules"] if "create" in rule["verbs"]
           for group in rule["apiGroups"] for what in rule["resources"]}  # fmt: skip
    for values in kit.value_sets(chart.folder):
        for each in kit.rendered(chart.folder, values).own():
            kind = {"networkpolicy": "networkpolicies"}.get(
                each.kind.lower(), f"{each.kind.lower()}s"
            )
            group = each.api_version.rpartition("/")[0]
            assert (group, kind) in may, f"{each}"
