"""Every request of the Composition against the API's published document and the name rule."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_schema_validator import OAS31Validator

from catalyst.api.document import document_of
from catalyst.api.root import api as published_api
from dns.names import LABEL
from infra.check import crossplane
from infra.check.compose import Composed
from tests.contract.dns_composition.provider_http import Answer, CannotBuild, Controller
from tests.infra_check.crossplane_cases import FAMILY

Json = dict[str, Any]
DOCUMENT = document_of(published_api)
ANSWER = Answer(200, '{"state": "reserved"}')
# What the Composition's template reads of an answer.
READ = {
    "state", "dnsPhase", "sovereignFQDN", "allocationId", "generation", "expiresAt", "lastError",
    "loadBalancerIP",
}  # fmt: skip


def operation(method: str, path: str) -> tuple[str, Json]:
    """The operation a path belongs to."""
    for template, methods in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in methods:
            found: Json = methods[method.lower()]
            return template, found
    raise LookupError(f"the document has no {method} {path}")


@pytest.fixture
def built(composed: dict[str, Composed]) -> dict[tuple[str, str], Any]:
    """Every mapping of both kinds of claim as the provider would send it."""
    made = {}
    for kind, each in composed.items():
        request = each.resources["allocation"]
        kept = request["spec"]["forProvider"]["secretInjectionConfigs"][0]["secretRef"]
        secrets = {(kept["namespace"], kept["name"]): {"token": "t" * 43}}
        controller = Controller(request, lambda sent: ANSWER, secrets)
        for action in ("OBSERVE", "CREATE", "UPDATE", "REMOVE"):
            made[kind, action] = controller._build(action)
    return made


def test_given_the_composition_when_its_requests_are_read_then_each_is_in_the_document(
    built: dict[tuple[str, str], Any],
) -> None:
    for (kind, action), sent in built.items():
        where = urlsplit(sent.url.replace("@POOL_DOMAIN_MANAGER_URL@", "/api/v1"))
        template, found = operation(sent.method, where.path)
        names = {one["name"]: one for one in found.get("parameters", ())}
        given = set(parse_qs(where.query)) | {"domain"}
        known = {name for name, one in names.items() if one["in"] in ("query", "path")}
        required = {name for name, one in names.items() if one.get("required")}
        assert required <= given <= known, f"{kind} {action}: {template}"
        headers = {name.lower() for name, one in names.items() if one["in"] == "header"}
        assert {name.lower() for name in sent.headers} <= headers | {"content-type"}, action


def test_given_the_composition_when_its_bodies_are_read_then_the_document_takes_them(
    built: dict[tuple[str, str], Any],
) -> None:
    for (kind, action), sent in built.items():
        where = urlsplit(sent.url.replace("@POOL_DOMAIN_MANAGER_URL@", "/api/v1"))
        _, found = operation(sent.method, where.path)
        if not sent.body:
            assert "requestBody" not in found, action
            continue
        (content,) = found["requestBody"]["content"].values()
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        faults = [one.message for one in OAS31Validator(schema).iter_errors(json.loads(sent.body))]
        assert faults == [], f"{kind} {action}"
        # Unknown fields would be refused by the API whatever the document says.
        properties = _properties(content["schema"])
        assert set(json.loads(sent.body)) <= properties, f"{kind} {action}"


def test_given_what_the_status_reads_when_compared_then_the_answers_have_it() -> None:
    answers = {
        ("get", "held", "200"), ("post", "reserve", "201"), ("post", "renew", "200"),
        ("post", "commit", "200"), ("post", "commit", "202"),
    }  # fmt: skip
    for method, act, code in answers:
        _, found = operation(method, f"/api/v1/pool/omani.works/{act}")
        schema = found["responses"][code]["content"]["application/json"]["schema"]
        assert _properties(schema) >= READ, act
        # The Secret is filled by these and by nothing else.
        shows = act in ("held", "reserve", "renew")
        assert ("reservationToken" in _properties(schema)) == shows, act
    (template,) = [
        step["inline"]["template"]
        for step in crossplane.steps(
            FAMILY.compositions["XPoolAllocation"], crossplane.GO_TEMPLATES
        )
    ]
    assert set(re.findall(r"\$seen\.(\w+)", template)) <= READ


def test_given_the_name_rule_when_the_definition_is_read_then_it_is_the_same() -> None:
    schema = crossplane.parameter_schema(FAMILY.xrds["XPoolAllocation"])
    label = dict(schema["properties"]["subdomain"])
    label.pop("description")
    assert label == LABEL


def test_given_no_secret_when_publishing_is_built_then_it_cannot_be(
    composed: dict[str, Composed],
) -> None:
    controller = Controller(composed["published"].resources["allocation"], lambda sent: ANSWER)
    with pytest.raises(CannotBuild, match="there is no Secret"):
        controller._build("UPDATE")


def _properties(schema: Json) -> set[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _properties(DOCUMENT["components"]["schemas"][name])
    return set(schema.get("properties", ())).union(
        *(_properties(each) for each in schema.get("anyOf", ()))
    )
