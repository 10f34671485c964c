"""The published OpenAPI document: valid, complete, and the one that is committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from openapi_schema_validator import OAS31Validator

from catalyst.api.document import document_of, written
from catalyst.api.root import api

Json = dict[str, Any]
DOCUMENT = document_of(api)
# Paths of provisioning §2 that issue 5 names.
PROMISED = {
    ("post", "/deployments"),
    ("get", "/deployments"),
    ("get", "/deployments/{deployment_id}"),
    ("get", "/deployments/{deployment_id}/logs"),
    ("get", "/deployments/{deployment_id}/events"),
    ("post", "/deployments/{deployment_id}/phases/{phase}/retry"),
    ("post", "/deployments/{deployment_id}/cancel"),
    ("post", "/deployments/{deployment_id}/destroy"),
    ("post", "/deployments/{deployment_id}/approve"),
    ("put", "/deployments/{deployment_id}/kubeconfig"),
    ("get", "/deployments/{deployment_id}/kubeconfig"),
    ("get", "/deployments/{deployment_id}/first-admin"),
    ("post", "/credentials/validate"),
    ("post", "/sshkey/generate"),
    ("post", "/subdomains/check"),
    ("get", "/deployments/{deployment_id}/jobs"),
    ("get", "/deployments/{deployment_id}/jobs/batches"),
    ("get", "/deployments/{deployment_id}/jobs/{job_id}"),
    ("get", "/actions/executions/{execution_id}/logs"),
}


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path.removeprefix("/api/v1"), operation


def test_given_the_code_when_the_document_is_made_then_it_is_the_committed_one() -> None:
    committed = (settings.BASE_DIR / "docs" / "openapi.json").read_text()

    assert committed == written(api), "run `manage.py openapi` and commit docs/openapi.json"


@pytest.mark.django_db
def test_given_anybody_when_the_document_is_fetched_then_it_is_the_same_at_both_mounts() -> None:
    made = json.loads(written(api))

    assert Client().get("/api/v1/openapi.json").json() == made
    assert Client().get("/sovereign/api/v1/openapi.json").json() == made


def test_given_the_specification_when_compared_then_every_promised_path_is_there() -> None:
    assert {(method, path) for method, path, _ in operations()} >= PROMISED


def test_given_every_schema_when_checked_then_it_is_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        OAS31Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [pytest.param(*each, id=each[2]["operationId"]) for each in operations()],
)
def test_given_an_operation_when_read_then_it_says_what_it_does_and_how_it_refuses(
    method: str, path: str, operation: Json
) -> None:
    assert operation["summary"] and operation["tags"]
    refusals = {status: told for status, told in operation["responses"].items() if status >= "400"}
    assert refusals.keys() >= {"401", "403", "500"}
    for status, told in refusals.items():
        shared = DOCUMENT["components"]["responses"][told["$ref"].rpartition("/")[2]]
        problem = shared["content"]["application/problem+json"]
        assert str(problem["example"]["status"]) == status
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_given_ids_when_compared_then_no_two_operations_share_one() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]

    assert len(ids) == len(set(ids))
