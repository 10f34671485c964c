"""The `blueprint.yaml` of each chart, judged by the schema that stands beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from jsonschema import Draft202012Validator

from catalyst.blueprints.files import BlueprintFault, read
from catalyst.blueprints.needs import PREFIX, Need, ToldNeed

CHARTS = Path(settings.BASE_DIR) / "infra" / "charts"
SCHEMA = CHARTS / "blueprint.schema.json"
APP = "app-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`id` is the chart's folder; `needs` names folders; `section` is that of the plan's docs.

    `config_schema`: JSON Schema of what the console asks for; empty when there is nothing to ask.
    `application`: an App that is sold, and no part of the kit; `secrets`: what is made for it in
    the cluster; `has_page`: it is reached by a name of its own.
    """

    id: str
    version: str
    title: str
    summary: str
    license: str
    section: str
    visibility: str
    needs: tuple[Need, ...]
    config_schema: Mapping[str, Any]
    application: bool
    secrets: tuple[str, ...]
    has_page: bool

    @property
    def chart(self) -> str:
        """How its chart is called in a registry."""
        return f"{PREFIX}{self.id}"

    @property
    def depends(self) -> tuple[str, ...]:
        return tuple(each.blueprint for each in self.needs)


@cache
def manifests(charts: Path = CHARTS) -> Mapping[str, Manifest]:
    """By id; a folder that starts with `_` is no chart of ours. Raises BlueprintFault."""
    files = sorted(charts.glob("[!_]*/blueprint.yaml"))
    return {path.parent.name: manifest(path) for path in files}


def components() -> Mapping[str, Manifest]:
    """Those of the kit. Raises BlueprintFault."""
    return {name: each for name, each in manifests().items() if not each.application}


def applications(charts: Path = CHARTS) -> Mapping[str, Manifest]:
    """Those of Apps, by the App's id: the chart `app-<id>`. Raises BlueprintFault."""
    found = {name: each for name, each in manifests(charts).items() if each.application}
    if odd := [name for name in found if not name.startswith(APP)]:
        raise BlueprintFault(f"applications, and not called {APP}<id>: {odd}")
    return {name.removeprefix(APP): each for name, each in found.items()}


def manifest(path: Path) -> Manifest:
    """Raises BlueprintFault when the schema refuses it, or it names another chart."""
    told = read(path)
    wrong = [
        f"{'.'.join(map(str, error.absolute_path)) or 'it'}: {error.message}"
        for error in _validator().iter_errors(told)
    ]
    name = path.parent.name
    if not wrong and told["metadata"]["name"] != f"bp-{name}":
        wrong = [f"its name is {told['metadata']['name']}"]
    if wrong:
        raise BlueprintFault(f"{name}/{path.name}: {'; '.join(wrong)}")
    try:
        return _made(name, told)
    except ValueError as error:
        raise BlueprintFault(f"{name}/{path.name}: {error}") from error


def _made(name: str, told: Mapping[str, Any]) -> Manifest:
    spec, labels = told["spec"], told["metadata"]["labels"]
    return Manifest(
        id=name,
        version=spec["version"],
        title=spec["card"]["title"],
        summary=spec["card"]["summary"],
        license=spec["card"].get("license", ""),
        section=labels["catalyst.openova.io/section"],
        visibility=spec["visibility"],
        needs=tuple(Need.of(ToldNeed(**each)) for each in spec.get("depends") or []),
        config_schema=spec.get("configSchema") or {},
        application=spec.get("kind") == "application",
        secrets=tuple(spec.get("secrets") or ()),
        has_page=bool(spec.get("page")),
    )


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))
