"""The vendor's OpenAPI document as the judge of request bodies (and, in tests, of answers)."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS30Validator

Schema = dict[str, Any]


@cache
def document() -> dict[str, Any]:
    text = (Path(__file__).parent / "openapi.json").read_text()
    loaded: dict[str, Any] = json.loads(text, object_hook=_nullable_reference)
    return loaded


def _nullable_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """The document means `nullable` beside `allOf` as "or null"; by the letter of OpenAPI 3.0.3 it
    has no effect there, so it is put into words a validator understands."""
    if schema.get("nullable") is True and "allOf" in schema:
        return {"anyOf": [{"allOf": schema["allOf"]}, {"enum": [None], "nullable": True}]}
    return schema


def body_schema(method: str, path: str) -> Schema | None:
    """The schema of the request body of an operation (`path` as in the document), or None."""
    operation = document()["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    schema: Schema | None = content.get("application/json", {}).get("schema")
    return schema


def answer_schema(method: str, path: str, status: int) -> Schema | None:
    """The schema of an answer; None where the document says the answer has no body."""
    responses = document()["paths"][path][method.lower()]["responses"]
    exact, family = str(status), f"{str(status)[0]}xx"
    answer = responses[exact] if exact in responses else responses[family]
    schema: Schema | None = answer.get("content", {}).get("application/json", {}).get("schema")
    return schema


@cache
def query_parameters(path: str) -> dict[str, tuple[str, ...]]:
    """What a list may be asked with: parameter → the values it may have (none = any text)."""
    parameters = document()["paths"][path]["get"].get("parameters", [])
    return {
        entry["name"]: tuple((entry["schema"].get("items") or entry["schema"]).get("enum", ()))
        for entry in parameters
        if entry["in"] == "query"
    }


def problems(schema: Schema, value: object) -> dict[str, list[str]]:
    """What is wrong with `value`: messages by dotted field name; empty when it is valid."""
    found: dict[str, list[str]] = {}
    for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(value):
        for leaf in _leaves(error):
            found.setdefault(_field(leaf), []).append(leaf.message)
    return found


@cache
def _validator(schema: str) -> OAS30Validator:
    root = {"components": document()["components"], "allOf": [json.loads(schema)]}
    return OAS30Validator(root, format_checker=OAS30Validator.FORMAT_CHECKER)


def _leaves(error: ValidationError) -> Iterable[ValidationError]:
    if error.validator != "allOf" or not error.context:
        return [error]
    return [leaf for part in error.context for leaf in _leaves(part)]


def _field(error: ValidationError) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        # jsonschema names the missing property only in its message: "'name' is a required property"
        parts.append(error.message.split("'")[1])
    return ".".join(parts) or "body"
