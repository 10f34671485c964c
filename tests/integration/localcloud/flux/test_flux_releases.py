"""Real controllers on a real API: a push to Git changes what runs, and a mistake says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from infra.check import charts, tools, tree
from infra.check.charts import Chart
from infra.localcloud.supply import kit
from tests.integration.localcloud.flux.running import DEPLOYMENT, World, chart, release

pytestmark = pytest.mark.xdist_group("flux")

NEEDS = '{{ required "a size is needed, since 2.0.0" .Values.size }}'


def colour(world: World, name: str) -> str:
    """What the running program was really started with."""
    words = ("get", "pods", "-n", "default", "-l", f"app={name}", "-o", "json")
    pods = json.loads(world.cluster.kubectl(*words))["items"]
    (one,) = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    assert one["status"]["containerStatuses"][0]["ready"]
    (variable,) = one["spec"]["containers"][0]["env"]
    return str(variable["value"])


def test_given_a_release_in_git_when_it_is_broken_and_mended_by_pushes_then_the_cluster_follows(
    world: World, tmp_path: Path
) -> None:
    shelf = kit.Shelf(world.supply.registry, tools.helm())
    good = Chart(chart(tmp_path, "paint", "1.0.0", DEPLOYMENT))
    broken = Chart(chart(tmp_path, "paint", "2.0.0", DEPLOYMENT + NEEDS))
    mended = Chart(chart(tmp_path, "paint", "2.0.1", DEPLOYMENT))
    for each in (good, broken, mended):
        assert kit.publish(shelf, [each]) == ["paint"]

    checkout = world.supply.repository("paint", {"all.yaml": release("paint", "1.0.0", "red")})
    world.follow("paint", checkout.url)
    world.ready("helmrelease", "paint", "True", "paint@1.0.0")
    assert colour(world, "paint") == "red"

    assert checkout.push({"all.yaml": release("paint", "2.0.0", "blue")}).returncode == 0
    message = world.ready("helmrelease", "paint", "False", "a size is needed, since 2.0.0")
    assert "paint@2.0.0" in message
    assert colour(world, "paint") == "red"

    assert checkout.push({"all.yaml": release("paint", "2.0.1", "green")}).returncode == 0
    world.ready("helmrelease", "paint", "True", "paint@2.0.1")
    assert colour(world, "paint") == "green"


def test_given_a_variable_that_is_not_given_then_nothing_is_applied_and_it_is_named(
    world: World,
) -> None:
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hollow, namespace: default}\n"
        "data: {region: '${REGION}'}\n"
    )
    checkout = world.supply.repository("hollow", {"all.yaml": config})
    world.follow("hollow", checkout.url)
    message = world.ready("kustomization", "hollow", "False", "REGION")
    assert "variable not set (strict mode)" in message
    there = ("get", "configmap", "-n", "default", "-o", "name")
    assert "configmap/hollow" not in world.cluster.kubectl(*there).splitlines()

    assert checkout.push({"all.yaml": config.replace("${REGION}", "fsn1")}).returncode == 0
    world.ready("kustomization", "hollow", "True", "Applied revision")
    assert "configmap/hollow" in world.cluster.kubectl(*there).splitlines()


def test_given_the_kits_health_checks_when_nobody_serves_an_object_then_its_release_is_not_ready(
    world: World, tmp_path: Path
) -> None:
    """Flux by itself takes an object without a status for a healthy one."""
    definition = charts.STUBS / "cert-manager/crds/cert-manager.io_issuers.yaml"
    world.cluster.kubectl("apply", "--server-side", "-f", str(definition))
    issuer = (
        "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {name: lonely}\n"
        "spec: {selfSigned: {}}\n"
    )
    made = Chart(chart(tmp_path, "lonely", "1.0.0", issuer))
    kit.publish(kit.Shelf(world.supply.registry, tools.helm()), [made])
    defaults = yaml.safe_load((tree.TEMPLATE / "release/defaults.yaml").read_text())["spec"]
    # Soon, in place of the kit's ten minutes, and without taking away what is waited for.
    again = {"strategy": {"name": "RetryOnFailure", "retryInterval": "1s"}}
    more = {"timeout": "3s", "install": again, "upgrade": again}
    more["healthCheckExprs"] = defaults["healthCheckExprs"]
    files = {"all.yaml": release("lonely", "1.0.0", "red", **more)}
    world.follow("lonely", world.supply.repository("lonely", files).url)
    world.ready("helmrelease", "lonely", "False", "Issuer/default/lonely")

    patch = json.dumps({"status": {"conditions": [READY]}})
    words = ("--subresource=status", "--type=merge", f"--patch={patch}")
    world.cluster.kubectl("patch", "issuers", "lonely", *words)
    world.ready("helmrelease", "lonely", "True", "lonely@1.0.0")


READY = {
    "type": "Ready",
    "status": "True",
    "reason": "Served",
    "message": "by the test",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
