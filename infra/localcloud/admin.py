"""The admin port: what a customer does in the vendor's web console, and what a test needs.

Only `GET /healthz` answers without the key. A token is in an answer once and nowhere else.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.errors import ApiError
from infra.localcloud.hetzner.limits import REQUESTS
from infra.localcloud.machines.keeper import MachineKeeper
from infra.localcloud.serving import keyed

ACCESS = ("rw", "ro")
# What a project's limits may be set for; what is not named has no limit, or the vendor's rate.
LIMITED = (
    "certificate", "firewall", "floating_ip", "image", "load_balancer", "network",
    "placement_group", "primary_ip", "server", "ssh_key", "volume", REQUESTS,
)  # fmt: skip


def build_admin(cloud: Cloud, machines: MachineKeeper, key: str) -> Starlette:
    """The ASGI application of the admin port."""

    guarded = keyed(key, lambda: _refuse(401, "unauthorized", "the admin key is missing or wrong"))

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok", "servers": len(cloud.store.all("server"))})

    async def add_project(request: Request) -> Response:
        name = (await _body(request)).get("name")
        if not isinstance(name, str) or not name.strip():
            return _refuse(422, "invalid_input", "name is required")
        with cloud.store.transaction():
            identifier = cloud.store.add_project(name)
        return JSONResponse({"id": identifier, "name": name}, 201)

    async def add_token(request: Request) -> Response:
        access = (await _body(request)).get("access")
        if access not in ACCESS:
            return _refuse(422, "invalid_input", f"access is one of {', '.join(ACCESS)}")
        project = request.path_params["id"]
        if not cloud.store.has_project(project):
            return _refuse(404, "not_found", "no such project")
        with cloud.store.transaction():
            token = cloud.store.add_token(project, access)
        return JSONResponse({"token": token, "access": access, "project": project}, 201)

    async def set_limits(request: Request) -> Response:
        project, limits = request.path_params["id"], await _body(request)
        if not cloud.store.has_project(project):
            return _refuse(404, "not_found", "no such project")
        for name, most in limits.items():
            if name not in LIMITED or not isinstance(most, int) or most < 0:
                return _refuse(422, "invalid_input", f"a number for each of {', '.join(LIMITED)}")
        with cloud.store.transaction():
            cloud.store.set_limits(project, limits)
        return JSONResponse({"limits": limits})

    async def list_machines(request: Request) -> Response:
        rows = cloud.store.all("server")
        return JSONResponse({"machines": [_machine(row.id, row.name, row.body) for row in rows]})

    def _machine(identifier: int, name: str, body: dict[str, Any]) -> dict[str, Any]:
        status = machines.status(identifier)
        shown = {"power": status.power, "phase": status.phase, "status": body["status"]}
        return {"id": identifier, "name": name, "address": body["address"], **shown}

    async def reset(request: Request) -> Response:
        with cloud.store.transaction():
            cloud.store.reset()
        cloud.faults.clear()
        cloud.certificates.clear()
        cloud.announce()
        return Response(status_code=204)

    async def add_fault(request: Request) -> Response:
        try:
            fault = cloud.faults.add(await _body(request))
        except ApiError as error:
            return JSONResponse(error.envelope(), error.status)
        return JSONResponse(fault.shown(), 201)

    async def list_faults(request: Request) -> Response:
        return JSONResponse({"faults": [fault.shown() for fault in cloud.faults.faults.values()]})

    async def remove_fault(request: Request) -> Response:
        if not cloud.faults.remove(request.path_params["id"]):
            return _refuse(404, "not_found", "no such fault")
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/projects", guarded(add_project), methods=["POST"]),
            Route("/projects/{id:int}/tokens", guarded(add_token), methods=["POST"]),
            Route("/projects/{id:int}/limits", guarded(set_limits), methods=["PUT"]),
            Route("/machines", guarded(list_machines)),
            Route("/faults", guarded(add_fault), methods=["POST"]),
            Route("/faults", guarded(list_faults)),
            Route("/faults/{id:int}", guarded(remove_fault), methods=["DELETE"]),
            Route("/reset", guarded(reset), methods=["POST"]),
        ]
    )


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refuse(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
