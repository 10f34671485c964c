"""The HTTP face of the API: who calls, may they, is the body right, then one transaction.

The order of refusals is the vendor's: 401 unknown token, 429 too many, 403 a write with a read-only
token (before anything about the body is looked at), 404, then 400 or 422 for the body.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as HttpRoute

from infra.localcloud.hetzner import document, doomed, faults, resources
from infra.localcloud.hetzner.calls import ROUTES, Call, Route
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError, invalid_fields
from infra.localcloud.hetzner.hang_up import NoAnswer
from infra.localcloud.hetzner.limits import PER_HOUR, REQUESTS, RateLimit, RateLimited
from infra.localcloud.hetzner.store import Grant

Json = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]
log = logging.getLogger(__name__)

# Importing the package is what fills ROUTES.
KINDS = resources.__all__
# Kinds of the vendor's document that the local cloud does not play (README.md).
UNANSWERED = ("storage_box_types", "storage_boxes", "zones")
_HIGHEST_ID = 2**53 - 1


def build_api(cloud: Cloud) -> Starlette:
    """The ASGI application that answers under `/v1`."""
    limits = RateLimit()
    routes = [_http_route(cloud, limits, path) for path in _paths()]
    routes.append(HttpRoute("/{rest:path}", _unknown(cloud, limits), methods=_METHODS))
    return Starlette(routes=[Mount("/v1", routes=routes)], exception_handlers={404: _nothing_here})


_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def _paths() -> list[str]:
    return list(dict.fromkeys(route.path for route in ROUTES))


def _http_route(cloud: Cloud, limits: RateLimit, path: str) -> HttpRoute:
    by_method = {route.method: route for route in ROUTES if route.path == path}

    async def endpoint(request: Request) -> Response:
        return await _answer(cloud, limits, request, by_method.get(request.method), known=True)

    starlette_path = re.sub(r"\{(\w+)\}", r"{\1:int}", path)
    return HttpRoute(starlette_path, endpoint, methods=_METHODS)


def _unknown(cloud: Cloud, limits: RateLimit) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await _answer(cloud, limits, request, None, known=False)

    return endpoint


async def _nothing_here(request: Request, error: Exception) -> Response:
    envelope = ApiError("not_found", "not found").envelope()
    return JSONResponse(envelope, status_code=404)


async def _answer(
    cloud: Cloud, limits: RateLimit, request: Request, route: Route | None, *, known: bool
) -> Response:
    headers: dict[str, str] = {}
    try:
        grant = _grant(cloud, request)
        own = cloud.store.limits(grant.project).get(REQUESTS, PER_HOUR)
        headers = limits.take(grant.project, per_hour=own)
        struck = cloud.faults.strike(grant.project, request.method, request.url.path)
        headers |= faults.headers(struck)
        await asyncio.sleep(struck.pause)
        if refused := faults.refusal(struck):
            raise refused
        if request.method != "GET" and grant.access != "rw":
            raise ApiError("forbidden", "insufficient permissions for this request")
        if route is None:
            raise _no_route(request.path_params.get("rest", ""), known=known)
        call = Call(
            cloud=cloud,
            path=route.path,
            project=grant.project,
            ids=_ids(request),
            query=request.query_params,
            body=await _body(request, route),
        )
        result = _perform(route, call, struck)
    except RateLimited as error:
        return JSONResponse(error.envelope(), error.status, error.headers)
    except ApiError as error:
        return JSONResponse(error.envelope(), error.status, headers)
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        envelope = ApiError("server_error", "internal server error").envelope()
        return JSONResponse(envelope, 500, headers)
    if struck.is_a("lost_answer"):
        return NoAnswer()
    if result is None:
        return Response(status_code=route.status, headers=headers)
    return JSONResponse(result, route.status, headers)


def _no_route(rest: str, *, known: bool) -> ApiError:
    if known:
        return ApiError("method_not_allowed", "method not allowed")
    if rest.split("/")[0] in UNANSWERED:
        message = "the vendor has this, the local cloud does not"
        return ApiError("unsupported_error", message, status=501)
    return ApiError("not_found", "not found")


def _perform(route: Route, call: Call, struck: faults.Struck) -> Json | None:
    """One operation in one transaction; no await inside, so calls cannot mix."""
    if route.method == "GET":
        return route.operation(call)
    with call.cloud.store.transaction():
        if struck.fault is not None and struck.is_a("action_failure"):
            result = doomed.perform(route, call, struck.fault.params)
        else:
            result = route.operation(call)
    call.cloud.announce()
    return result


def _grant(cloud: Cloud, request: Request) -> Grant:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    grant = cloud.store.grant(token.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        raise ApiError("unauthorized", "the token you provided is invalid")
    return grant


def _ids(request: Request) -> dict[str, int]:
    ids = {name: int(value) for name, value in request.path_params.items()}
    if any(value > _HIGHEST_ID for value in ids.values()):
        raise ApiError("not_found", "not found")
    return ids


async def _body(request: Request, route: Route) -> Json:
    """The checked JSON body; `{}` for operations without one. Raises json_error, invalid_input."""
    if route.method in ("GET", "DELETE"):
        return {}
    raw = await request.body()
    schema = document.body_schema(route.method, route.path)
    if schema is None and not raw.strip():
        return {}
    try:
        sent = json.loads(raw)
    except ValueError as error:
        raise ApiError("json_error", "invalid JSON in request body") from error
    if not isinstance(sent, dict):
        raise ApiError("json_error", "the request body must be a JSON object")
    # Clients written in typed languages send null for "not given".
    body: Json = {key: value for key, value in sent.items() if value is not None}
    if route.complete is not None:
        body = route.complete(body)
    wrong = document.problems(schema, body) if schema is not None else {}
    if wrong:
        raise invalid_fields(wrong)
    return body
