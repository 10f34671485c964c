"""Definitions of kinds: of an XRD's composite and claim, and of what a Provider brings. Pure."""

import copy
import hashlib
import json
from typing import Any

import yaml

from infra.check import tree
from infra.check.crossplane import Family
from infra.localcloud.machines.cluster.api import STAND_IN, Json

WORDS = "stand-in for Crossplane"
_CONTENT = "catalyst.openova.io/content"
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
# What Crossplane adds to every composite and claim, beside what the XRD says.
_SPEC = (
    *("compositionRef", "compositionSelector", "compositionRevisionRef"),
    *("compositionRevisionSelector", "publishConnectionDetailsTo", "writeConnectionSecretToRef"),
    *("resourceRef", "claimRef"),
)
_SPEC_TEXT = ("compositionUpdatePolicy", "compositeDeletePolicy")
_COLUMNS = [
    {
        "name": name.upper(),
        "type": "string",
        "jsonPath": f".status.conditions[?(@.type=='{name}')].status",
    }
    for name in ("Synced", "Ready")
]
# The tree's own ProviderConfigs: their kinds come with their Providers.
CONFIGS = tree.TEMPLATE / "crossplane-config" / "provider-configs.yaml"


def package_of(source: str) -> str:
    """`xpkg.upbound.io/crossplane-contrib/provider-hcloud:v0.4.0` → `provider-hcloud`."""
    return source.rpartition("/")[2].partition("@")[0].partition(":")[0]


def of_definition(xrd: Json) -> list[Json]:
    """The composite's definition, and the claim's where the XRD has one."""
    spec, name = xrd["spec"], xrd["metadata"]["name"]
    owner = {
        "apiVersion": xrd["apiVersion"],
        "kind": xrd["kind"],
        "name": name,
        "uid": xrd["metadata"]["uid"],
        "controller": True,
    }
    versions = [_version(each) for each in spec["versions"]]
    made = [_definition(spec["group"], spec["names"], "Cluster", "composite", versions)]
    if claim := spec.get("claimNames"):
        made.append(_definition(spec["group"], claim, "Namespaced", "claim", versions))
    for each in made:
        each["metadata"]["ownerReferences"] = [owner]
    return made


def of_provider(package: str) -> list[Json]:
    """Those our tree and our Compositions use. Raises LookupError for a Provider without any."""
    group = f"{package.removeprefix('provider-')}.crossplane.io"
    configs = yaml.safe_load_all(CONFIGS.read_text())
    used = [f"{each['apiVersion']}/{each['kind']}" for each in configs]
    brought = {}
    for api in (*used, *Family().contract):
        whole, _, kind = api.rpartition("/")
        its_group, _, version = whole.partition("/")
        if its_group == group or its_group.endswith(f".{group}"):
            brought[its_group, kind] = version
    if not brought:
        raise LookupError(f"{WORDS} knows no kinds of {package}: nothing of ours uses it")
    return [
        _definition(
            its_group,
            {"kind": kind, "plural": f"{kind.lower()}s"},
            "Cluster",
            "managed",
            [{"name": version, "served": True, "storage": True, "schema": _schema(_OPEN)}],
        )
        for (its_group, kind), version in brought.items()
    ]


def _version(version: Json) -> Json:
    schema: Json = copy.deepcopy(version["schema"]["openAPIV3Schema"])
    properties = schema.setdefault("properties", {})
    spec = properties.setdefault("spec", {"type": "object"})
    spec.setdefault("properties", {}).update(
        dict.fromkeys(_SPEC, _OPEN)
        | {name: {"type": "string"} for name in _SPEC_TEXT}
        | {"resourceRefs": {"type": "array", "items": _OPEN}}
    )
    status = properties.setdefault("status", {"type": "object"})
    status.setdefault("properties", {}).update(
        {"conditions": {"type": "array", "items": _OPEN}, "connectionDetails": _OPEN}
    )
    return {
        "name": version["name"],
        "served": version["served"],
        "storage": version["referenceable"],
        "schema": _schema(schema),
    }


def _schema(schema: Json) -> Json:
    return {"openAPIV3Schema": schema}


def _definition(
    group: str, names: Json, scope: str, category: str, versions: list[dict[str, Any]]
) -> Json:
    kind, plural = names["kind"], names["plural"]
    made: Json = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {STAND_IN: WORDS}},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {
                "kind": kind,
                "plural": plural,
                "singular": names.get("singular") or kind.lower(),
                "listKind": names.get("listKind") or f"{kind}List",
                "categories": [*(names.get("categories") or []), "crossplane", category],
            },
            "versions": [
                {
                    **version,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _COLUMNS,
                }
                for version in versions
            ],
        },
    }
    text = json.dumps(made["spec"], sort_keys=True)
    made["metadata"]["annotations"][_CONTENT] = hashlib.sha256(text.encode()).hexdigest()
    return made


def content_of(definition: Json) -> str:
    """Tells whether one in the cluster, which fills in defaults, is the one that is wanted."""
    return str((definition["metadata"].get("annotations") or {}).get(_CONTENT))
