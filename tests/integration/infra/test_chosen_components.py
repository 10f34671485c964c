"""What is chosen is in the tree and nothing else that might be: tofu's words, real kustomize."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from infra.check import graph, tree
from infra.check.tree import Tree
from tests.infra_check.choice import patches
from tests.integration.infra.module_copy import KIT, OPTIONAL, Module
from tests.integration.infra.rendered import machines
from tests.integration.infra.test_cloud_cluster import Told

MANDATORY = set(KIT) - set(OPTIONAL)
CHOICES = {
    "nothing": [],
    "messages": ["nats-jetstream"],
    "names": ["external-dns", "spire"],
    "machines": ["crossplane", "crossplane-claims"],
    "all": OPTIONAL,
}


@pytest.fixture(scope="module", params=list(CHOICES.values()), ids=list(CHOICES))
def chosen(request: pytest.FixtureRequest, module: Module) -> tuple[list[str], Told, Tree]:
    told = Told(machines(module, components=request.param, worker_count=0).first)
    root = told.flux["Kustomization", "flux-system/sovereign"]["spec"]
    assert _plain(root["patches"]) == _plain(patches(request.param))
    return request.param, told, tree.template(root["patches"])


def _plain(patches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the texts in them read: who wrote them does not count."""
    return [
        {**each, "patch": _read(each["patch"])} if "patch" in each else each for each in patches
    ]


def _read(patch: str) -> Any:
    found = yaml.safe_load(patch)
    if not isinstance(found, list):
        return found
    return [{**one, "value": _plain(one["value"])} for one in found]


def test_given_a_choice_then_its_releases_are_the_mandatory_ones_and_the_chosen(
    chosen: tuple[list[str], Told, Tree],
) -> None:
    choice, _, whole = chosen
    assert set(whole.releases) == {f"bp-{name}" for name in MANDATORY.union(choice)}
    # Nothing that stays waits for something that is not there.
    assert graph.faults(whole.stages) == []
    assert graph.faults(whole.edges) == []


def test_given_a_choice_then_nothing_else_of_what_is_left_out_stays(
    chosen: tuple[list[str], Told, Tree],
) -> None:
    choice, told, whole = chosen
    named = {
        document.labels["catalyst.openova.io/component"]
        for objects in whole.objects.values()
        for document in objects
        if "catalyst.openova.io/component" in document.labels
    }
    assert named == MANDATORY.union(choice)
    assert ("crossplane-provider" in whole.stages) == ("crossplane" in choice)
    assert ("crossplane-config" in whole.stages) == ("crossplane-claims" in choice)
    joining = [name for kind, name in told.before if kind == "Secret" and "crossplane" in name]
    assert bool(joining) == ("crossplane-claims" in choice)
