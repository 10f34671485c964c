"""The stand-in for Crossplane: kinds and conditions are there, and nothing is said to be done."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from infra.check import charts, tree
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.releases import Kit, conditions
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")

_SECONDS = 60.0
FIXTURES = charts.ROOT / "crossplane-claims" / "fixtures"
PACKAGES = tree.TEMPLATE / "crossplane-provider"


@pytest.fixture(scope="module")
def crossplane(kit: Kit) -> Space:
    """Both charts and the tree's own packages between them, as Flux puts them."""
    space = kit.space("crossplane-system")
    kit.install("crossplane", space, {})
    for name in ("providers.yaml", "functions.yaml"):
        space.kubectl("apply", "--filename", str(PACKAGES / name))
    kit.install("crossplane-claims", space, {})
    return space


def statuses(space: Space, kind: str, name: str) -> dict[str, str]:
    return {each: told["status"] for each, told in conditions(space, kind, name).items()}


def test_given_the_trees_packages_then_they_are_healthy_and_their_kinds_are_served(
    crossplane: Space,
) -> None:
    packages = (
        ("providers.pkg.crossplane.io", "provider-hcloud"),
        ("providers.pkg.crossplane.io", "provider-kubernetes"),
        ("providers.pkg.crossplane.io", "provider-http"),
        ("functions.pkg.crossplane.io", "function-auto-ready"),
    )
    healthy = {"Installed": "True", "Healthy": "True"}

    def all_healthy() -> bool:
        return all(statuses(crossplane, *each) == healthy for each in packages)

    until(all_healthy, seconds=_SECONDS)
    configs = tree.TEMPLATE / "crossplane-config" / "provider-configs.yaml"
    wanted = [
        each for each in yaml.safe_load_all(configs.read_text()) if each["kind"] == "ProviderConfig"
    ]
    assert wanted
    crossplane.apply(*wanted)


def test_given_a_package_that_the_stand_in_does_not_know_then_it_is_not_said_to_be_healthy(
    crossplane: Space,
) -> None:
    crossplane.apply(
        {
            "apiVersion": "pkg.crossplane.io/v1",
            "kind": "Provider",
            "metadata": {"name": "provider-aws"},
            "spec": {"package": "xpkg.upbound.io/upbound/provider-aws:v1.0.0"},
        }
    )
    look = ("providers.pkg.crossplane.io", "provider-aws")
    until(lambda: statuses(crossplane, *look), seconds=_SECONDS)
    assert statuses(crossplane, *look) == {"Healthy": "False"}


def test_given_another_package_of_a_provider_then_its_status_names_the_new_one(
    crossplane: Space,
) -> None:
    """Its conditions are the same as before."""
    look = ("providers.pkg.crossplane.io", "provider-http", "-o")
    before = crossplane.kubectl("get", *look, "jsonpath={.spec.package}")
    package = f"{before.rpartition(':')[0]}:v99.0.0"

    def told() -> str:
        return crossplane.kubectl("get", *look, "jsonpath={.status.currentIdentifier}")

    until(lambda: told() == before, seconds=_SECONDS)
    patch = json.dumps({"spec": {"package": package}})
    crossplane.kubectl("patch", *look[:2], "--type=merge", "--patch", patch)
    until(lambda: told() == package, seconds=_SECONDS)


def test_given_claims_then_the_api_takes_the_good_ones_and_they_say_that_nothing_is_done(
    crossplane: Space, claims: list[dict[str, Any]]
) -> None:
    answer = crossplane.cluster.tried("apply", "--filename", str(FIXTURES / "good"))
    assert answer.returncode == 0, answer.stderr

    def told() -> list[dict[str, str]]:
        listed = json.loads(crossplane.cluster.kubectl("get", "claim", "-A", "-o", "json"))
        return [
            {each["type"]: each["status"] for each in item["status"]["conditions"]}
            for item in listed["items"]
            if item.get("status", {}).get("conditions")
        ]

    until(lambda: len(told()) == len(claims), seconds=_SECONDS)
    assert all(each == {"Synced": "False", "Ready": "False"} for each in told())


def test_given_bad_claims_then_the_api_refuses_each(
    crossplane: Space, claims: list[dict[str, Any]]
) -> None:
    answer = crossplane.cluster.tried("apply", "--filename", str(FIXTURES / "bad"))
    assert answer.returncode != 0
    # One line for each that was taken.
    assert answer.stdout == "", answer.stdout


@pytest.fixture(scope="module")
def claims(crossplane: Space) -> list[dict[str, Any]]:
    """The good ones; their kinds are served and their name spaces there."""
    definitions = "compositeresourcedefinitions.apiextensions.crossplane.io"
    for condition in ("Established", "Offered"):
        wait = ("wait", f"--for=condition={condition}", definitions, "--all", "--timeout=50s")
        crossplane.kubectl(*wait)
    bodies = [yaml.safe_load(file.read_text()) for file in (FIXTURES / "good").glob("*.yaml")]
    spaces = {body["metadata"]["namespace"] for body in bodies}
    crossplane.apply(*map(_namespace, spaces - {crossplane.name}))
    return bodies


def test_given_what_stands_in_then_its_log_says_that_no_cloud_is_changed(
    crossplane: Space,
) -> None:
    assert "no cloud is changed from here" in crossplane.kubectl("logs", "deployment/crossplane")


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
