"""The admin port: whoever sets the stage makes accounts, domains and faults here.

Not part of any vendor's protocol. Loopback only, with a key.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.internet.zones import RRset
from infra.localcloud.registrars import digest
from infra.localcloud.registrars.book import Account, Domain
from infra.localcloud.registrars.faults import BadFault
from infra.localcloud.registrars.hosting import SERVERS, TTL, own_servers
from infra.localcloud.registrars.registry import Refused
from infra.localcloud.registrars.world import World, ds_text
from infra.localcloud.serving import keyed

Json = dict[str, Any]


class Stage:
    """What can be asked of the admin port."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._book = world.book

    async def healthz(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "domains": len(self._book.domains)})

    async def add_account(self, request: Request) -> Response:
        """`registrar`, `credentials`, and what else an Account has."""
        asked = await request.json()
        if asked.get("registrar") not in SERVERS:
            return _refuse(f"registrar is one of {', '.join(SERVERS)}")
        account = Account(id=self._book.next(), **asked)
        self._book.accounts.append(account)
        self._book.save()
        return JSONResponse({"id": account.id}, 201)

    async def change_account(self, request: Request) -> Response:
        for account in self._book.accounts:
            if account.id == request.path_params["id"]:
                for name, value in (await request.json()).items():
                    setattr(account, name, value)
                self._book.save()
                return JSONResponse(_shown(account))
        return _refuse("no such account", 404)

    async def add_domain(self, request: Request) -> Response:
        """Register a domain and host its zone at the vendor's own name servers.

        `records`: [{name, type, contents}], absolute names; `signed`: the parent vouches for it;
        `more.ttl`: of its delegation and of its zone's records, in seconds;
        `hosted` false: nobody will ask for its zone, which saves making one.
        """
        asked = await request.json()
        account = next((a for a in self._book.accounts if a.id == asked["account"]), None)
        if account is None:
            return _refuse("no such account", 404)
        vendor, name = account.registrar, asked["domain"]
        ttl = asked.get("more", {}).get("ttl", TTL)
        keys = []
        if asked.get("hosted", True):
            records = _records(asked.get("records", ()), ttl)
            keys = await self._world.hosting.host(vendor, name, records, ttl=ttl)
        domain = Domain(
            name=name,
            registrar=vendor,
            account=account.id,
            nameservers=own_servers(vendor),
            signers=[_signer(name, key) for key in keys] if asked.get("signed") else [],
            locked=bool(asked.get("locked")),
            more={"zone": f"{self._book.next():032x}", **asked.get("more", {})},
        )
        try:
            # Whoever sells it, the registry knows it; Cloudflare's customers bought elsewhere.
            await self._world.registry.delegate(
                name,
                nameservers=domain.nameservers,
                ds=[ds_text(signer) for signer in domain.signers],
                glue={},
                ttl=ttl,
            )
        except Refused as refusal:
            return _refuse(str(refusal))
        if (old := self._book.domain(name)) is not None:
            self._book.domains.remove(old)
        self._book.domains.append(domain)
        self._book.save()
        return JSONResponse(asdict(domain), 201)

    async def domain(self, request: Request) -> Response:
        """GET shows, PATCH changes fields, DELETE takes it from the registry too."""
        found = self._book.domain(request.path_params["name"])
        if found is None:
            return _refuse("no such domain", 404)
        if request.method == "PATCH":
            for name, value in (await request.json()).items():
                setattr(found, name, value)
            await self._world.tell(found)
        elif request.method == "DELETE":
            self._book.domains.remove(found)
            await self._world.registry.remove(found.name)
        self._book.save()
        return JSONResponse(asdict(found))

    async def write(self, request: Request) -> Response:
        """PUT `records` as above: replace these sets where the domain lives now."""
        records = _records((await request.json())["records"], 1)
        await self._world.hosting.write(request.path_params["name"], records)
        return Response(status_code=204)

    async def jobs(self, request: Request) -> Response:
        return JSONResponse({"jobs": [asdict(job) for job in self._book.jobs]})

    async def finish(self, request: Request) -> Response:
        """`{"state": "done"}` or `failed`: end a job now."""
        for job in self._book.jobs:
            if job.id == request.path_params["id"]:
                fails = (await request.json()).get("state") == "failed"
                await self._world.finish(job, fails=fails)
                return JSONResponse(asdict(job))
        return _refuse("no such job", 404)

    async def pace(self, request: Request) -> Response:
        """`{"job_seconds": 0.2}`: for jobs that begin from now on."""
        self._world.set_job_seconds(float((await request.json())["job_seconds"]))
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        """POST adds one (faults.py), GET lists."""
        if request.method == "POST":
            try:
                fault = self._world.faults.add(await request.json())
            except (BadFault, KeyError, TypeError) as error:
                return _refuse(str(error))
            return JSONResponse(asdict(fault), 201)
        return JSONResponse({"faults": [asdict(fault) for fault in self._world.faults.rows]})

    async def forgive(self, request: Request) -> Response:
        self._world.faults.forgive(request.path_params["id"])
        return Response(status_code=204)

    async def reset(self, _: Request) -> Response:
        for domain in self._book.domains:
            await self._world.registry.remove(domain.name)
        self._book.clear()
        self._world.faults.rows.clear()
        return Response(status_code=204)


def build_admin(world: World, key: str) -> Starlette:
    """The ASGI application of the admin port."""
    stage = Stage(world)
    guarded = keyed(key, lambda: _refuse("the admin key is missing or wrong", 401))
    return Starlette(
        routes=[
            Route("/healthz", stage.healthz),
            Route("/accounts", guarded(stage.add_account), methods=["POST"]),
            Route("/accounts/{id:int}", guarded(stage.change_account), methods=["PATCH"]),
            Route("/domains", guarded(stage.add_domain), methods=["POST"]),
            Route("/domains/{name}", guarded(stage.domain), methods=["GET", "PATCH", "DELETE"]),
            Route("/domains/{name}/records", guarded(stage.write), methods=["PUT"]),
            Route("/jobs", guarded(stage.jobs)),
            Route("/jobs/{id:int}", guarded(stage.finish), methods=["POST"]),
            Route("/pace", guarded(stage.pace), methods=["PUT"]),
            Route("/faults", guarded(stage.faults), methods=["GET", "POST"]),
            Route("/faults/{id:int}", guarded(stage.forgive), methods=["DELETE"]),
            Route("/reset", guarded(stage.reset), methods=["POST"]),
        ]
    )


def _shown(account: Account) -> Json:
    return {"id": account.id, "registrar": account.registrar, "eligible": account.eligible}


def _records(asked: Iterable[Json], ttl: int) -> list[RRset]:
    return [RRset(one["name"], one["type"], tuple(one["contents"]), ttl) for one in asked]


def _signer(domain: str, dnskey: str) -> Json:
    flags, _, algorithm, key = dnskey.split(maxsplit=3)
    return digest.signer(domain, flags=int(flags), algorithm=int(algorithm), public_key=key)


def _refuse(message: str, status: int = 422) -> Response:
    return JSONResponse({"error": message}, status)
