"""A Sovereign's whole tree: its stages in order, each release with the values it really gets."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from infra.check import charts, flux, graph
from infra.check.documents import Document
from infra.check.flux import Release

REPOSITORY = charts.ROOT.parents[1]
TEMPLATE = charts.ROOT.parent / "clusters" / "_template"
SETTINGS = TEMPLATE / "sovereign-settings.yaml"
OUTSIDE = TEMPLATE / "outside-secrets.yaml"
# Kinds that are there before any stage: cloud-init installs Flux.
BEFORE = "toolkit.fluxcd.io"


@dataclass(frozen=True)
class Tree:
    """`settings`: the data of the ConfigMap `sovereign-settings`. `patches`: those of the
    Kustomization that applies the root, by which components are left out."""

    folder: Path
    settings: Mapping[str, str]
    patches: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def _kustomizations(self) -> list[Document]:
        found = flux.parse(flux.build(self.folder, self.patches), None, source=self.folder.name)
        return [each for each in found if each.kind == "Kustomization"]

    @cached_property
    def stages(self) -> dict[str, list[str]]:
        return flux.stages(self._kustomizations)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Stage → what kustomize builds there, with its variables."""
        return {
            each.name: flux.build(REPOSITORY / each.spec["path"], each.spec.get("patches", ()))
            for each in self._kustomizations
        }

    @cached_property
    def objects(self) -> dict[str, list[Document]]:
        """Stage → what Flux applies there, after substitution."""
        return {
            stage: flux.parse(text, self.settings, source=stage)
            for stage, text in self.texts.items()
        }

    @cached_property
    def releases(self) -> dict[str, Release]:
        """By name. Raises `ValueError` when two have the same."""
        found = [
            release
            for stage, objects in self.objects.items()
            for release in flux.releases(objects, stage)
        ]
        by_name = {release.name: release for release in found}
        if len(by_name) != len(found):
            raise ValueError(f"two releases of one name: {graph.twice(found)}")
        return by_name

    @cached_property
    def edges(self) -> dict[str, set[str]]:
        """Release → what it waits for. `stage/<name>` stands for the plain objects of a stage."""
        edges = graph.edges_of(self.releases.values(), self.stages)
        for release in self.releases.values():
            edges[release.name] |= self._plain_before(release.stage)
        for stage in self.stages:
            earlier = graph.reach(self.stages, stage)
            waits = {each.name for each in self.releases.values() if each.stage in earlier}
            edges[f"stage/{stage}"] = waits | self._plain_before(stage)
        return edges

    def _plain_before(self, stage: str) -> set[str]:
        return {f"stage/{each}" for each in graph.reach(self.stages, stage)}

    def values(self, release: Release) -> dict[str, Any]:
        """What helm gets: `values`, and over them `valuesFrom` our settings."""
        result = copy.deepcopy(release.values)
        for each in release.document.spec.get("valuesFrom") or []:
            if each["name"] != "sovereign-settings":
                raise ValueError(f"{release.name}: values from {each['name']}, which is not known")
            value: Any = self.settings[each["valuesKey"]]
            if not each.get("literal"):
                value = yaml.safe_load(value)
            *above, last = each["targetPath"].split(".")
            place = result
            for key in above:
                place = place.setdefault(key, {})
            place[last] = value
        return result

    def plain(self) -> Iterator[tuple[str, Document]]:
        """(`stage/<name>`, object) of everything that is not Flux's own."""
        for stage, objects in self.objects.items():
            for document in objects:
                if not document.group.endswith(BEFORE):
                    yield f"stage/{stage}", document


def template(patches: Sequence[Mapping[str, Any]] = ()) -> Tree:
    """The tree of `infra/clusters/_template` with the values that stand beside it."""
    (settings,) = yaml.safe_load_all(SETTINGS.read_text())
    return Tree(TEMPLATE, settings["data"], patches)


def outside_secrets() -> set[graph.SecretName]:
    """Secrets that no object makes, by the list of who does."""
    return {(each["namespace"], each["name"]) for each in yaml.safe_load(OUTSIDE.read_text())}
