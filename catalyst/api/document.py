"""The published OpenAPI document: what ninja derives, plus what every operation has in common.

`docs/openapi.json` is this document as committed; a test says when the two differ.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import get_schema

from catalyst.api.answers import CONTENT_TYPE
from catalyst.api.idempotency import HEADER, LONGEST, SHORTEST
from catalyst.api.problems import BodyTooLarge, MethodNotAllowed, NotJson, NotLoggedIn
from catalyst.api.problems import UnsupportedMediaType as WrongMedia
from catalyst.limits.gate import TooMany
from catalyst.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from catalyst.web.errors import Broken

Json = dict[str, Any]
PREFIX = "/api/v1/"
INSTANCE = "0b5b1a52-7a0e-4d55-9f4f-2a7c4e1d3c11"
DESCRIPTION = """
Everything the pages can do, for programs.

Log in with a session cookie and send `X-CSRFToken` with everything that changes something; a new
machine sends its bearer. Errors are `application/problem+json` (RFC 9457) whose `type` is stable:
branch on it, never on the words. What is not yours answers 404. The same API is served under
`/sovereign/api/v1`.
""".strip()

# Status → the most general problem of it, as the example.
PROBLEMS: dict[int, tuple[type[Problem], str]] = {
    400: (NotJson, "The body could not be read as JSON."),
    401: (NotLoggedIn, "Log in, or send the bearer this address asks for."),
    403: (Forbidden, "Your role does not include this."),
    404: (NotFound, "There is no such Sovereign, or it is not yours."),
    405: (MethodNotAllowed, "Use GET, POST."),
    409: (Conflict, "It is not in a state in which this is possible."),
    410: (Problem, "The reservation ran out. Ask for the name again."),
    413: (BodyTooLarge, "Send at most 65536 bytes."),
    415: (WrongMedia, "Send Content-Type: application/json."),
    422: (Invalid, "The request does not fit the document."),
    429: (TooMany, "Nothing was done. Try again in 12 seconds."),
    500: (Broken, "Nothing you sent was wrong. The id below is in our log."),
    502: (Problem, "Another service gave no usable answer. Try again in a few minutes."),
    503: (Problem, "Hetzner does not answer. Try again in a minute."),
    504: (Problem, "What was asked did not answer in time."),
}
PROBLEM_SCHEMA: Json = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). More members may follow, for programs.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "Stable name of this kind of problem."},
        "title": {"type": "string", "description": "The same words for every occurrence."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened, and what to do."},
        "instance": {"type": "string", "description": "Id of the request, as in our log."},
        "field": {"type": "string", "description": "The field the problem belongs beside."},
    },
}
IDEMPOTENCY_HEADER: Json = {
    "in": "header",
    "name": HEADER,
    "description": "Yours to choose. The same key and body again give the same answer, for a day; "
    "another body gives 422 `idempotency-key-reused`.",
    "schema": {
        "type": "string",
        "minLength": SHORTEST,
        "maxLength": LONGEST,
        "pattern": "^[A-Za-z0-9._:-]+$",
    },
    "example": "3f6c1b0e-1f0e-4f5e-9b51-0c1f2f3a4b5c",
}


def problems(*statuses: int) -> Json:
    """`openapi_extra` of a route that may answer these, beyond what its shape implies."""
    return {"responses": {status: _response(status) for status in statuses}}


def keyed(*statuses: int, required: bool) -> Json:
    """`problems()` of a route that takes an Idempotency-Key."""
    header = {**IDEMPOTENCY_HEADER, "required": required}
    return {**problems(409, *statuses), "parameters": [header]}


def document_of(api: NinjaAPI) -> Json:
    """The whole document, the same at both mounts."""
    found: Json = get_schema(api, path_prefix=PREFIX.lstrip("/"))
    found["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    found["components"]["responses"] = {
        f"Problem{status}": _shared(status) for status in sorted(PROBLEMS)
    }
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    return found


def written(api: NinjaAPI) -> str:
    """The document as it stands in docs/openapi.json: one way of writing it, for a clean diff."""
    return json.dumps(document_of(api), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _response(status: int) -> Json:
    return {"$ref": f"#/components/responses/Problem{status}"}


def _shared(status: int) -> Json:
    kind, detail = PROBLEMS[status]
    example = {**kind(detail).as_dict(), "status": status, "instance": INSTANCE}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        },
    }


def _complete(path: str, method: str, operation: Json) -> None:
    """Add the refusals that follow from how the operation is asked."""
    implied = {500} if method == "get" else {409, 500}
    if operation.get("security"):
        implied |= {401, 403}
    if "{" in path:
        implied |= {404}
    if operation.get("parameters"):
        implied |= {422}
    if body := operation.get("requestBody"):
        implied |= {422} | ({400, 413, 415} if "application/json" in body["content"] else set())
    own = {int(status): told for status, told in operation["responses"].items()}
    told = {**{status: _response(status) for status in implied}, **own}
    operation["responses"] = {str(status): told[status] for status in sorted(told)}
