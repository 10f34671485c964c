"""Components that nobody chose, left out by real Flux with the patches a machine gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from infra.check import kit
from infra.localcloud.machines.flux.controllers import NAMESPACE
from tests.infra_check.choice import patches
from tests.integration.localcloud.flux.running import World

pytestmark = pytest.mark.xdist_group("flux")


def marked(name: str) -> dict[str, str]:
    return {kit.TIER: kit.OPTIONAL, kit.COMPONENT: name}


def thing(version: str, kind: str, name: str, labels: dict[str, str], **more: Any) -> Any:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def stage(name: str, **labels: str) -> Any:
    source = {"kind": "GitRepository", "name": "choice"}
    spec = {"interval": "1m", "prune": True, "path": f"./{name}", "sourceRef": source}
    return thing("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, labels, spec=spec)


def config(name: str, **labels: str) -> Any:
    return thing("v1", "ConfigMap", f"choice-{name}", labels)


def test_given_components_that_nobody_chose_then_flux_leaves_out_their_objects_and_stages(
    world: World,
) -> None:
    inside = [config("always"), config("chosen", **marked("a")), config("left", **marked("b"))]
    wanted = world.supply.repository(
        "choice",
        {
            "kustomization.yaml": "resources: [stages.yaml]",
            "stages.yaml": yaml.safe_dump_all(
                [stage("first"), stage("second", **marked("a")), stage("third", **marked("b"))]
            ),
            "first/all.yaml": yaml.safe_dump_all(inside),
            "second/all.yaml": yaml.safe_dump(config("second")),
            "third/all.yaml": yaml.safe_dump(config("third")),
        },
    )
    world.follow("choice", wanted.url, patches=patches(["a", "c"]))
    world.ready("kustomization", "first", "True", "Applied revision")
    world.ready("kustomization", "second", "True", "Applied revision")

    found = json.loads(world.cluster.kubectl("-n", NAMESPACE, "get", "cm", "-o", "json"))
    names = {each["metadata"]["name"] for each in found["items"]}
    assert {name for name in names if name.startswith("choice-")} == {
        "choice-always",
        "choice-chosen",
        "choice-second",
    }
    assert not world.object("kustomization", "third")
