"""Judges objects by Kubernetes' own schemas and by the CustomResourceDefinitions of this tree.

A CustomResourceDefinition's schema says what is stored; the API server drops fields it does not
name, without a word. Here such a field is a fault, so that a mistyped one is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from kubernetes_validate import SchemaNotFoundError
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from infra.check import documents
from infra.check.documents import Document

KUBERNETES = "1.37"
# Where CustomResourceDefinitions may lie: our charts, what stands for upstream's, the Flux tree.
PLACES = ("charts", "clusters")
Key = tuple[str, str]  # apiVersion, kind


@dataclass(frozen=True, slots=True)
class Definition:
    """One served version of a custom kind."""

    group: str
    version: str
    kind: str
    namespaced: bool
    schema: Mapping[str, Any]
    source: str

    @property
    def key(self) -> Key:
        return f"{self.group}/{self.version}", self.kind


def definitions(found: Iterable[Document]) -> Iterator[Definition]:
    """What the CustomResourceDefinitions among these objects define."""
    for document in found:
        if document.kind != "CustomResourceDefinition":
            continue
        spec = document.spec
        for version in spec["versions"]:
            if version.get("served"):
                yield Definition(
                    group=spec["group"],
                    version=version["name"],
                    kind=spec["names"]["kind"],
                    namespaced=spec["scope"] == "Namespaced",
                    schema=version["schema"]["openAPIV3Schema"],
                    source=document.source,
                )


def in_tree(infra: Path) -> Iterator[Document]:
    """CustomResourceDefinitions that lie in the tree as plain files (not as templates)."""
    for place in PLACES:
        for path in sorted((infra / place).rglob("*.yaml")):
            if "templates" in path.parts:
                continue
            text = path.read_text()
            if "kind: CustomResourceDefinition" in text:
                yield from documents.parse(text, source=str(path.relative_to(infra)))


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema in JSON Schema's words, refusing fields that it does not name."""
    result = {key: _inner(key, value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if result.pop("nullable", False) and "type" in result:
        result["type"] = [result["type"], "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in schema and "additionalProperties" not in schema and not open_ended:
        result["additionalProperties"] = False
    if schema.get("x-kubernetes-embedded-resource") and "properties" in result:
        for name in ("apiVersion", "kind", "metadata"):
            result["properties"].setdefault(name, True)
    return result


def _inner(key: str, value: Any) -> Any:
    if key in {"properties", "patternProperties"}:
        return {name: closed(each) for name, each in value.items()}
    if key in {"items", "additionalProperties"} and isinstance(value, dict):
        return closed(value)
    # Under allOf, anyOf, oneOf and not, a structural schema only adds rules and names no fields.
    return value


class Judge:
    """Knows the custom kinds it was given, and all of Kubernetes' own."""

    def __init__(self, found: Iterable[Definition]) -> None:
        self.definitions = {definition.key: definition for definition in found}
        self._validators: dict[Key, Validator] = {}

    def knows(self, document: Document) -> bool:
        return self._validator(document) is not None

    def namespaced(self, document: Document) -> bool:
        """Whether objects of that kind live in a namespace."""
        key = (document.api_version, document.kind)
        if key in self.definitions:
            return self.definitions[key].namespaced
        return document.kind not in documents.CLUSTER_KINDS

    def faults(self, document: Document) -> list[str]:
        """What is wrong with one object; a kind nobody defines is wrong by itself."""
        validator = self._validator(document)
        if validator is None:
            return [f"{document}: no schema for {document.api_version} {document.kind}"]
        return [f"{document}: {_say(error)}" for error in validator.iter_errors(document.body)]

    def _validator(self, document: Document) -> Validator | None:
        key = (document.api_version, document.kind)
        if key in self.definitions and key not in self._validators:
            schema = closed(self.definitions[key].schema)
            properties = schema.setdefault("properties", {})
            properties |= {"apiVersion": True, "kind": True, "metadata": {"type": "object"}}
            self._validators[key] = Draft202012Validator(schema)
        return self._validators.get(key) or _core(*key)


def _say(error: Any) -> str:
    closest = best_match(error.context) if error.context else None
    reason = (closest or error).message
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where or 'the object'}: {reason[:300]}"


@cache
def _shared() -> Any:
    """What all of Kubernetes' schemas refer to; large, so read once."""
    return schema_contents(f"{_folder()}/_definitions.json", KUBERNETES)


def _folder() -> str:
    return f"kubernetes-json-schema/v{KUBERNETES}.0-local-strict"


@cache
def _core(api_version: str, kind: str) -> Validator | None:
    group, _, version = api_version.rpartition("/")
    # The same file names as in kubernetes_validate.validate, which reads all anew at each call.
    prefix = f"{group.split('.')[0]}-" if group else ""
    if group and "." in group and not group.endswith(".k8s.io"):
        return None
    try:
        schema = schema_contents(f"{_folder()}/{kind.lower()}-{prefix}{version}.json", KUBERNETES)
    except (FileNotFoundError, SchemaNotFoundError):
        return None
    own, shared = Resource.from_contents(schema), Resource.from_contents(_shared())
    return Draft202012Validator(schema, registry=shared @ (own @ Registry()))
