"""Cloudflare's API v4 (developers.cloudflare.com/api): zones and their DNS records.

Quirks: `name_servers` of a zone are the vendor's own and cannot be written; a token that lacks a
right gets the same code 10000 as one that is unknown; `permissions` of a zone say what the token
may do; records a product manages are read-only; a batch is all or nothing.
"""

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.localcloud.internet.zones import RRset
from infra.localcloud.registrars.book import Domain
from infra.localcloud.registrars.hosting import own_servers
from infra.localcloud.registrars.vendors.vendor import Call, No, Vendor

Json = dict[str, Any]
EVERYTHING = ["#zone:read", "#dns_records:read", "#dns_records:edit"]
EDIT = "#dns_records:edit"


class Cloudflare(Vendor):
    name = "cloudflare"

    def routes(self) -> list[Route]:
        at = "/client/v4"
        zone = f"{at}/zones/{{zone}}"
        return [
            self.route("GET", f"{at}/user/tokens/verify", self._verify),
            self.route("GET", f"{at}/zones", self._zones),
            self.route("GET", zone, self._zone),
            self.route("PATCH", zone, self._edit_zone),
            self.route("GET", f"{zone}/dns_records", self._records),
            self.route("POST", f"{zone}/dns_records", self._create),
            self.route("POST", f"{zone}/dns_records/batch", self._batch),
            self.route("DELETE", f"{zone}/dns_records/{{record}}", self._delete),
        ]

    def limited(self, seconds: int) -> Response:
        answer = _no(429, 10429, "Rate limited. Please wait and consider throttling your requests.")
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def broken(self, status: int) -> Response:
        return Response("error code: 502", status_code=status, media_type="text/plain")

    async def let_in(self, call: Call) -> None:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or len(token) < 8:
            chain = {"code": 6111, "message": "Invalid format for Authorization header"}
            raise No(_no(400, 6003, "Invalid request headers", error_chain=[chain]))
        call.account = self.world.book.account(self.name, token=token)
        if call.account is None:
            raise No(_no(403, 9109, "Invalid access token"))

    async def _verify(self, call: Call) -> Response:
        if call.account.credentials["token"].startswith("cfat_"):
            raise No(_no(401, 1000, "Invalid API Token"))
        return _yes({"id": str(call.account.id), "status": "active"})

    async def _zones(self, call: Call) -> Response:
        query = call.request.query_params
        own = [row for row in self.world.book.domains if row.account == call.account.id]
        found = [
            self._shown(row, call)
            for row in own
            if query.get("name") in (None, row.name)
            and query.get("status") in (None, row.more.get("status", "active"))
        ]
        return _page(found, call, per_page=20)

    async def _zone(self, call: Call) -> Response:
        return _yes(self._shown(self._find(call), call))

    async def _edit_zone(self, call: Call) -> Response:
        """Takes `paused`, `type` and `vanity_name_servers`; `name_servers` is left as it is."""
        domain = self._find(call)
        self._may_edit(call)
        return _yes(self._shown(domain, call))

    async def _records(self, call: Call) -> Response:
        domain, query = self._find(call), call.request.query_params
        found = [
            record
            for record in domain.more.setdefault("records", [])
            if query.get("type") in (None, record["type"])
            and (query.get("name") or query.get("name.exact")) in (None, record["name"])
        ]
        answer = _page(found, call, per_page=100)
        await self.world.looked_at(domain)
        return answer

    async def _create(self, call: Call) -> Response:
        made = await self._apply(call, posts=[call.json()], deletes=[])
        return _yes(made[0])

    async def _delete(self, call: Call) -> Response:
        await self._apply(call, posts=[], deletes=[call.path["record"]])
        return _yes({"id": call.path["record"]})

    async def _batch(self, call: Call) -> Response:
        asked = call.json()
        deletes = [one["id"] for one in asked.get("deletes") or []]
        made = await self._apply(call, posts=asked.get("posts") or [], deletes=deletes)
        gone = [{"id": one} for one in deletes]
        return _yes({"deletes": gone, "patches": None, "posts": made, "puts": None})

    async def _apply(self, call: Call, *, posts: list[Json], deletes: list[str]) -> list[Json]:
        """Deletes first, then posts, in one transaction (documentation of the batch)."""
        domain = self._find(call)
        self._may_edit(call)
        records: list[Json] = [dict(one) for one in domain.more.setdefault("records", [])]
        for identifier in deletes:
            found = next((one for one in records if one["id"] == identifier), None)
            if found is None:
                raise No(_no(404, 81044, "Record does not exist."))
            if found["meta"].get("read_only"):
                raise No(_no(403, 1043, "This record is managed by another product."))
            records.remove(found)
        made = [self._made(one, domain, records) for one in posts]
        if call.fault is None or call.fault.kind != "ignored":
            change = {"more": {**domain.more, "records": records}}
            await self.world.change(domain, change, call.fault)
            await self._serve(domain)
        return made

    def _made(self, asked: Json, domain: Domain, records: list[Json]) -> Json:
        kind, name = str(asked.get("type")), str(asked.get("name", "")).lower().rstrip(".")
        if name != domain.name and not name.endswith(f".{domain.name}"):
            name = f"{name}.{domain.name}"
        content = str(asked.get("content", "")).lower().rstrip(".")
        data = asked.get("data")
        if kind == "DS":
            if not isinstance(data, dict) or not any(
                one["type"] == "NS" and one["name"] == name for one in records
            ):
                raise No(_no(400, 9005, "Content for DS record is invalid."))
            parts = [str(data[part]) for part in ("key_tag", "algorithm", "digest_type", "digest")]
            content = " ".join(parts)
        if kind == "NS" and name == domain.name:
            raise No(_no(400, 1004, "DNS Validation Error"))
        for one in records:
            if (one["type"], one["name"], one["content"]) == (kind, name, content):
                raise No(_no(400, 81058, "An identical record already exists."))
            if one["name"] == name and "CNAME" in (kind, one["type"]):
                raise No(_no(400, 81054, "A CNAME record with that host already exists."))
        record = {
            "id": f"{self.world.book.next():032x}",
            "type": kind,
            "name": name,
            "content": content,
            "ttl": asked.get("ttl", 1),
            "proxied": False,
            "proxiable": False,
            "meta": {},
            **({"data": data} if data else {}),
        }
        records.append(record)
        return record

    async def _serve(self, domain: Domain) -> None:
        """What the zone's name servers answer for names below it."""
        sets: dict[tuple[str, str], list[str]] = {}
        for one in domain.more["records"]:
            absolute = one["type"] in ("NS", "CNAME", "MX")
            content = f"{one['content']}." if absolute else one["content"]
            sets.setdefault((one["name"], one["type"]), []).append(content)
        before = {tuple(key) for key in domain.more.get("served", [])}
        gone = [RRset(f"{name}.", kind, ()) for name, kind in before - sets.keys()]
        new = [RRset(f"{name}.", kind, tuple(texts), 60) for (name, kind), texts in sets.items()]
        await self.world.hosting.write(domain.name, gone + new)
        domain.more["served"] = [list(key) for key in sets]
        self.world.book.save()

    def _find(self, call: Call) -> Domain:
        for row in self.world.book.domains:
            if row.account == call.account.id and row.more.get("zone") == call.path["zone"]:
                return row
        raise No(_no(404, 7003, "Could not route to the zone: is its identifier right?"))

    def _may_edit(self, call: Call) -> None:
        if call.account.rights is not None and EDIT not in call.account.rights:
            raise No(_no(403, 10000, "Authentication error"))

    def _shown(self, row: Domain, call: Call) -> Json:
        rights = EVERYTHING if call.account.rights is None else call.account.rights
        return {
            "id": row.more["zone"],
            "name": row.name,
            "status": row.more.get("status", "active"),
            "paused": False,
            "type": "full",
            "name_servers": [one.rstrip(".") for one in own_servers(self.name)],
            "original_name_servers": None,
            "permissions": rights,
            "account": {"id": f"{call.account.id:032x}", "name": "local"},
        }


def _yes(result: Any, **more: Any) -> JSONResponse:
    return JSONResponse({"success": True, "errors": [], "messages": [], "result": result, **more})


def _page(found: list[Json], call: Call, *, per_page: int) -> JSONResponse:
    """A page of them; the one after the last is empty."""
    query = call.request.query_params
    page, size = int(query.get("page", 1)), int(query.get("per_page", per_page))
    shown = found[(page - 1) * size : page * size]
    info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(found)}
    return _yes(shown, result_info={**info, "total_pages": -(-len(found) // size)})


def _no(status: int, code: int, message: str, **more: Any) -> JSONResponse:
    errors = [{"code": code, "message": message, **more}]
    document = {"success": False, "errors": errors, "messages": [], "result": None}
    return JSONResponse(document, status_code=status)
