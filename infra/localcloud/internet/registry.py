"""The registry of the local internet: an HTTP API that puts delegations into the TLD zones.

A registrar's emulator sits on it as a registrar sits on EPP. It must never let anyone in without
the key, and never leave a delegation half changed.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.internet import zones
from infra.localcloud.internet.authoritative import NameServer, StartFailed
from infra.localcloud.internet.zones import Delegation, InvalidDelegation
from infra.localcloud.serving import keyed


class Registry:
    """Delegations of registrable domains, kept in the zones of the TLD server and nowhere else."""

    def __init__(self, *, server: NameServer, tlds: Sequence[str]) -> None:
        self._server = server
        self._tlds = tlds
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, name: str) -> Delegation | None:
        """The delegation as published now. Raises InvalidDelegation for an impossible name."""
        domain, zone = zones.registrable(name, self._tlds)
        return Delegation.read(domain, await self._server.rrsets(zone) or ())

    async def put(self, name: str, body: Mapping[str, object]) -> Delegation:
        """Replace the delegation: NS, glue and DS in one transaction. Raises InvalidDelegation."""
        domain, zone = zones.registrable(name, self._tlds)
        delegation = zones.delegation(
            domain,
            nameservers=_texts(body, "nameservers"),
            glue=_glue(body),
            ds=_texts(body, "ds"),
            ttl=_ttl(body),
        )
        await self._replace(zone, domain, delegation)
        return delegation

    async def delete(self, name: str) -> bool:
        """Remove NS, DS and glue; False when there were none. Raises InvalidDelegation."""
        domain, zone = zones.registrable(name, self._tlds)
        return await self._replace(zone, domain, None)

    async def _replace(self, zone: str, domain: str, delegation: Delegation | None) -> bool:
        async with self._writing[zone]:
            difference = zones.changes(
                await self._server.rrsets(zone) or (),
                delegation.rrsets() if delegation else (),
                covers=lambda name: zones.is_within(name, domain),
            )
            await self._server.write(zone, difference)
        return bool(difference)


def application(
    *,
    registry: Registry,
    key: str,
    health: Callable[[], Awaitable[Mapping[str, bool]]],
    flush: Callable[[str], Awaitable[None]],
) -> Starlette:
    """The HTTP face of the registry. Errors are application/problem+json (RFC 9457)."""

    async def domain(request: Request) -> Response:
        name = request.path_params["name"]
        match request.method:
            case "PUT":
                return _shown(await registry.put(name, await _body(request)))
            case "DELETE":
                found = await registry.delete(name)
                return Response(status_code=204) if found else _absent(name)
            case _:
                delegation = await registry.get(name)
                return _shown(delegation) if delegation else _absent(name)

    async def flushed(request: Request) -> Response:
        name = (await _body(request)).get("name")
        if not isinstance(name, str) or not name:
            raise InvalidDelegation("name: a domain name is needed")
        await flush(zones.hostname(name))
        return Response(status_code=204)

    async def healthz(_: Request) -> Response:
        parts = await health()
        well = all(parts.values())
        return JSONResponse(
            {"status": "ok" if well else "unhealthy", "parts": dict(parts)},
            status_code=200 if well else 503,
        )

    def stranger() -> Response:
        answer = _problem(401, "A bearer key is needed.")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    guarded = keyed(key, stranger)
    return Starlette(
        routes=[
            Route("/domains/{name}", guarded(domain), methods=["GET", "PUT", "DELETE"]),
            Route("/flush", guarded(flushed), methods=["POST"]),
            Route("/healthz", healthz),
        ],
        exception_handlers={
            InvalidDelegation: lambda _, error: _problem(422, str(error)),
            httpx.HTTPError: lambda _, error: _problem(503, f"The TLD server: {error}"),
            StartFailed: lambda _, error: _problem(503, str(error)),
        },
    )


async def _body(request: Request) -> Mapping[str, object]:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidDelegation(f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidDelegation("The body is not a JSON object")
    return body


def _texts(body: Mapping[str, object], key: str) -> list[str]:
    values = body.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidDelegation(f"{key}: a list of strings is needed")
    return values


def _ttl(body: Mapping[str, object]) -> int:
    ttl = body.get("ttl", zones.TTL)
    if not isinstance(ttl, int) or not 1 <= ttl <= zones.TTL:
        raise InvalidDelegation(f"ttl: 1 to {zones.TTL} seconds")
    return ttl


def _glue(body: Mapping[str, object]) -> Mapping[str, list[str]]:
    glue = body.get("glue", {})
    if not isinstance(glue, dict):
        raise InvalidDelegation("glue: an object of host name to list of IPv4 addresses is needed")
    return {host: _texts(glue, host) for host in glue}


def _shown(delegation: Delegation) -> Response:
    return JSONResponse(
        {
            "name": delegation.domain,
            "nameservers": list(delegation.nameservers),
            "glue": {host: list(values) for host, values in delegation.glue.items()},
            "ds": list(delegation.ds),
        }
    )


def _absent(name: str) -> Response:
    return _problem(404, f"{name} is not registered.")


def _problem(status: int, detail: str) -> Response:
    return JSONResponse(
        {"type": "about:blank", "status": status, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
    )
