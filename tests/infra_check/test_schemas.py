"""What an object is judged by: Kubernetes' own schemas, and those of custom kinds."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infra.check import schemas
from infra.check.documents import Document
from tests.infra_check.conftest import Kit


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replica"), 2),
        (("spec", "replicas"), "two"),
        (("spec", "template", "spec", "containers", 0, "imagePullPolicyy"), "Always"),
    ],
)
def test_given_a_mistyped_field_when_judged_then_kubernetes_schema_names_it(
    kit: Kit, path: tuple[Any, ...], value: Any
) -> None:
    body = copy.deepcopy(kit.rendered("catalyst").one("Deployment", "catalyst-web").body)
    inner: Any = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert schemas.Judge([]).faults(Document(body, "x")) != []


CUSTOM = Document(
    {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {
                                    "type": "object",
                                    "required": ["size"],
                                    "properties": {
                                        "size": {"x-kubernetes-int-or-string": True},
                                        "open": {
                                            "type": "object",
                                            "x-kubernetes-preserve-unknown-fields": True,
                                        },
                                    },
                                }
                            },
                        }
                    },
                }
            ],
        },
    },
    "x",
)


@pytest.mark.parametrize(
    ("spec", "good"),
    [
        ({"size": 1}, True),
        ({"size": "1Gi", "open": {"any": {"thing": 1}}}, True),
        ({}, False),
        ({"size": []}, False),
        ({"size": 1, "sise": 2}, False),
    ],
)
def test_given_a_custom_kind_when_judged_then_its_definition_decides_and_unknown_fields_count(
    spec: dict[str, Any], good: bool
) -> None:
    judge = schemas.Judge(schemas.definitions([CUSTOM]))
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert (judge.faults(Document({**thing, "spec": spec}, "x")) == []) is good


def test_given_a_kind_nobody_defines_when_judged_then_that_is_a_fault() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "a"}}
    assert "no schema" in schemas.Judge([]).faults(Document(thing, "x"))[0]
