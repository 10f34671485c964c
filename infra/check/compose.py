"""What a Composition makes of a claim: patches applied here, Go templates run by helm.

helm has the template language and the functions (sprig) that function-go-templating has; the
context is laid out like that function's. It shows what an empty value does differently: helm prints
nothing where the function prints `<no value>`; both are refused by the schemas.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.check import crossplane, documents, tools
from infra.check.crossplane import Body, Family

NAME = "gotemplating.fn.crossplane.io/composition-resource-name"


@dataclass(frozen=True)
class Case:
    """A claim, and what Crossplane saw of its composed resources before: `{name: {resource: …,
    connectionDetails: …}}`."""

    claim: Body
    observed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Composed:
    """The resources by their names in the Composition, and what it writes into the status."""

    resources: Mapping[str, Body]
    status: Body


def compose(family: Family, cases: Mapping[str, Case], workshop: Path) -> dict[str, Composed]:
    """All cases with one run of helm. `workshop` is an empty folder."""
    composites = {name: family.composite(case.claim) for name, case in cases.items()}
    made: dict[str, Composed] = {}
    (workshop / "templates").mkdir(parents=True)
    for name, composite in composites.items():
        composition = family.compositions[composite["kind"]]
        if patches := crossplane.steps(composition, crossplane.PATCHES):
            made[name] = _patched(patches[0], composite, cases[name].observed)
        else:
            (step,) = crossplane.steps(composition, crossplane.GO_TEMPLATES)
            observed = {"composite": {"resource": composite}, "resources": cases[name].observed}
            _write(workshop, name, step["inline"]["template"], {"observed": observed})
    return made | _rendered(workshop, composites)


def _write(workshop: Path, name: str, template: str, context: Body) -> None:
    (workshop / f"{name}.tpl").write_text(template)
    (workshop / f"{name}.json").write_text(json.dumps(context))
    call = f'{{{{ tpl (.Files.Get "{name}.tpl") (.Files.Get "{name}.json" | fromJson) }}}}\n'
    (workshop / "templates" / f"{name}.yaml").write_text(call)


def _rendered(workshop: Path, composites: Mapping[str, Body]) -> dict[str, Composed]:
    (workshop / "Chart.yaml").write_text("{apiVersion: v2, name: compositions, version: 1.0.0}\n")
    argv = [str(tools.helm()), "template", "compositions", str(workshop)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    made: dict[str, Composed] = {}
    for document in documents.parse(done.stdout):
        name = Path(document.source).stem
        found = made.setdefault(name, Composed({}, {}))
        if resource := document.annotations.get(NAME):
            assert isinstance(found.resources, dict)
            if resource in found.resources:
                raise ValueError(f"{name}: two resources are named {resource}")
            found.resources[resource] = document.body
        elif document.kind == composites[name]["kind"]:
            found.status.update(document.body["status"])
        else:
            raise ValueError(f"{name}: {document} has no {NAME}")
    return made


def _patched(step: Body, composite: Body, observed: Mapping[str, Any]) -> Composed:
    """What function-patch-and-transform makes, as far as our Compositions use it."""
    composite = copy.deepcopy(composite)
    resources = {}
    for resource in step["resources"]:
        body = copy.deepcopy(resource["base"])
        seen = observed.get(resource["name"], {}).get("resource", {})
        for patch in resource.get("patches", []):
            if patch.get("type", "FromCompositeFieldPath") == "FromCompositeFieldPath":
                value = get(composite, patch["fromFieldPath"])
                if value is not None:
                    put(body, patch["toFieldPath"], _transformed(value, patch))
            elif patch["type"] == "ToCompositeFieldPath":
                if (value := get(seen, patch["fromFieldPath"])) is not None:
                    put(composite, patch["toFieldPath"], _transformed(value, patch))
            else:
                raise ValueError(f"{patch['type']} is not followed here")
        resources[resource["name"]] = body
    return Composed(resources, composite.get("status", {}))


def _transformed(value: Any, patch: Body) -> Any:
    for transform in patch.get("transforms", []):
        if transform["type"] != "string" or transform["string"]["type"] != "Format":
            raise ValueError(f"{transform} is not followed here")
        value = transform["string"]["fmt"] % value
    return value


def get(body: Body, path: str) -> Any:
    """The value at a field path, `None` if there is none."""
    here: Any = body
    for part in re.findall(r"[^.\[\]]+", path):
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return here


def put(body: Body, path: str, value: Any) -> None:
    *before, last = re.findall(r"[^.\[\]]+", path)
    here = body
    for part in before:
        here = here.setdefault(part, {})
    here[last] = value
