"""The Crossplane family of `infra/charts/crossplane-claims`: claims judged by their XRDs, and
Compositions followed as far as that goes without a cluster.

Nothing here decides what is right: XRDs and `contract/managed-resources.yaml` do.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from infra.check import charts

Body = dict[str, Any]
CHART = charts.ROOT / "crossplane-claims"
GROUP = "compose.openova.io"
OPEN = "x-kubernetes-preserve-unknown-fields"
GO_TEMPLATES = "function-go-templating"
PATCHES = "function-patch-and-transform"
# What Crossplane itself adds to every managed resource, beside `forProvider`.
_COMMON: Mapping[str, Body] = {
    "deletionPolicy": {"enum": ["Delete", "Orphan"]},
    "managementPolicies": {"type": "array"},
    "providerConfigRef": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    },
    "writeConnectionSecretToRef": {
        "type": "object",
        "required": ["name", "namespace"],
        "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}},
    },
}


@dataclass(frozen=True)
class Family:
    """The XRDs, the Compositions and the contract of one chart folder."""

    path: Path = CHART

    @cached_property
    def xrds(self) -> dict[str, Body]:
        """By the composite's kind, `XRegionClaim`."""
        read = [charts.read(file) for file in sorted((self.path / "files/xrds").glob("*.yaml"))]
        return {xrd["spec"]["names"]["kind"]: xrd for xrd in read}

    @cached_property
    def compositions(self) -> dict[str, Body]:
        """By the kind they compose."""
        files = sorted((self.path / "files/compositions").glob("*.yaml"))
        read = [charts.read(file) for file in files]
        return {each["spec"]["compositeTypeRef"]["kind"]: each for each in read}

    @cached_property
    def contract(self) -> Body:
        return charts.read(self.path / "contract" / "managed-resources.yaml")

    def composite_kind(self, claim_kind: str) -> str:
        """`RegionClaim` → `XRegionClaim`. Raises `LookupError`."""
        for kind, xrd in self.xrds.items():
            if xrd["spec"]["claimNames"]["kind"] == claim_kind:
                return kind
        raise LookupError(f"no XRD has the claim {claim_kind}")

    def schema(self, api_version: str, kind: str) -> Body:
        """The JSON Schema of a whole object that a Composition may make. Raises `LookupError`."""
        if api_version.startswith(f"{GROUP}/"):
            if kind not in self.xrds:
                raise LookupError(f"no XRD of {kind}")
            schema: Body = copy.deepcopy(_version(self.xrds[kind]))
            schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {OPEN: True}}
            return schema
        entry = self.contract.get(f"{api_version}/{kind}")
        if entry is None:
            raise LookupError(f"the contract does not know {api_version} {kind}")
        spec = {**_COMMON, **entry.get("beside", {}), "forProvider": _object(entry["spec"])}
        status = {"atProvider": _object(entry["status"]), "conditions": {"type": "array"}}
        return {
            "$defs": self.contract["$defs"],
            "type": "object",
            "required": ["spec"],
            "properties": {
                "apiVersion": {},
                "kind": {},
                "metadata": {OPEN: True},
                "spec": {"type": "object", "required": ["forProvider"], "properties": spec},
                "status": {"type": "object", "properties": status},
            },
        }

    def faults(self, body: Body) -> list[str]:
        """What the schema of its kind has against an object, unknown fields included."""
        try:
            schema = self.schema(body.get("apiVersion", ""), body.get("kind", ""))
        except LookupError as error:
            return [str(error)]
        return errors(schema, body)

    def claim_faults(self, claim: Body) -> list[str]:
        """What the API server would say of a claim."""
        schema = self.schema(claim["apiVersion"], self.composite_kind(claim["kind"]))
        return errors(schema, claim)

    def composite(self, claim: Body) -> Body:
        """The composite that Crossplane makes of a claim, defaults filled in."""
        kind = self.composite_kind(claim["kind"])
        made = copy.deepcopy(claim)
        meta = made["metadata"]
        made["kind"] = kind
        made["metadata"] = {
            "name": f"{meta['name']}-x7k2p",
            "uid": f"00000000-0000-4000-8000-{abs(hash_of(meta['name'])):012d}",
            "labels": {
                "crossplane.io/claim-name": meta["name"],
                "crossplane.io/claim-namespace": meta["namespace"],
            },
        }
        fill(_version(self.xrds[kind]), made)
        return made


def hash_of(text: str) -> int:
    """A number below 10¹² that is the same in every process, unlike `hash`."""
    return int.from_bytes(text.encode()[-5:], "big") % 10**12


def steps(composition: Body, function: str) -> list[Body]:
    """The inputs of those steps of a pipeline that this function does."""
    pipeline = composition["spec"].get("pipeline", [])
    return [each["input"] for each in pipeline if each["functionRef"]["name"] == function]


def fill(schema: Body, value: Any) -> None:
    """Put defaults into a value, as the API server does."""
    if isinstance(value, list):
        for item in value:
            fill(schema.get("items", {}), item)
        return
    if not isinstance(value, dict):
        return
    for name, inner in schema.get("properties", {}).items():
        if name not in value and "default" in inner:
            value[name] = copy.deepcopy(inner["default"])
        if name in value:
            fill(inner, value[name])


def strict(schema: Any) -> Any:
    """The same schema, refusing fields it does not name: the API server would drop them."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    closed = "properties" in made and made.get("type") == "object"
    if closed and not made.get(OPEN) and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


def parameters(schema: Body, before: str = "") -> Iterator[str]:
    """Every leaf below `spec.parameters` as a dotted path; lists are stepped into."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{before}.{name}" if before else name
        nested = inner.get("items", {}) if inner.get("type") == "array" else inner
        if nested.get("properties"):
            yield from parameters(nested, path)
        else:
            yield path


def parameter_schema(xrd: Body) -> Body:
    found: Body = _version(xrd)["properties"]["spec"]["properties"]["parameters"]
    return found


def unread(xrd: Body, composition: Body) -> list[str]:
    """Parameters that a claim may carry and no step of the Composition reads (faults 17 and 18)."""
    template = "\n".join(each["inline"]["template"] for each in steps(composition, GO_TEMPLATES))
    patched = {
        patch.get("fromFieldPath", "").removeprefix("spec.parameters.")
        for each in steps(composition, PATCHES)
        for resource in each["resources"]
        for patch in resource.get("patches", [])
    }
    # `$p.a.b`, or `.b` inside a `range` or `with` over what holds it.
    return [
        path
        for path in parameters(parameter_schema(xrd))
        if path not in patched
        and not re.search(rf"\.{re.escape(path.rpartition('.')[2])}\b", template)
    ]


def misread(xrd: Body, composition: Body) -> list[str]:
    """Parameters that a template reads by `$p.…` and the XRD does not have."""
    schema = parameter_schema(xrd)
    template = "\n".join(each["inline"]["template"] for each in steps(composition, GO_TEMPLATES))
    used = set(re.findall(r"\$p((?:\.[A-Za-z0-9_]+)+)", template))
    return sorted(path for path in used if not has_path(schema, path.strip(".")))


def has_path(schema: Body, path: str) -> bool:
    """Whether a field path (`a.b[0].c`) leads to something that the schema names."""
    here: Any = schema
    for part in re.findall(r"[^.\[\]]+", path):
        if here.get(OPEN):
            return True
        if "additionalProperties" in here and "properties" not in here:
            here = here["additionalProperties"]
        elif part.isdigit() and "items" in here:
            here = here["items"]
        elif part in here.get("properties", {}):
            here = here["properties"][part]
        else:
            return False
    return True


def _version(xrd: Body) -> Body:
    found: Body = xrd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def _object(entry: Body) -> Body:
    return {"type": "object", **entry}


def errors(schema: Body, body: Body) -> list[str]:
    validator = Draft202012Validator(strict(schema))
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in sorted(validator.iter_errors(body), key=lambda each: list(each.path))
    ]
